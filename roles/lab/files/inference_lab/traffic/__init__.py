# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tier two of the lab: one network namespace in which pods have addresses that answer.

`namespace` makes the network, `door` joins it to loopback of the host, `supervisor` watches the API server and gives pods their programs:
`programs` says which (pure), `pod_network` gives each of them a namespace with the pod's own address, `services` answers on cluster addresses.
"""
