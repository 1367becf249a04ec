# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Options of every module that keeps a set of objects; ``owned.cluster`` has those of the modules that keep them in a cluster."""

    DOCUMENTATION = r"""
options:
  state:
    description:
      - V(present) makes every declared object exist as declared.
      - V(absent) deletes the declared objects. Only objects of this O(owner) are deleted, unless O(adopt=true).
    type: str
    choices: [present, absent]
    default: present
  owner:
    description:
      - Whose objects these are. Every object bears the owner's mark; an object that bears another mark, or none, is refused.
      - Two inventories that manage objects in one place need two owners.
      - Of two runs for one owner at the same time one may be refused, or say that the other one has interfered. Nothing is lost then; run it again.
      - The default is V(inference-gateway). With O(prune=true) an owner has to be named.
    type: str
  src:
    description:
      - A file, or a folder of V(.yaml), V(.yml) and V(.json) files, read by the module itself where it runs.
      - For long lists this is many times faster than a list in a variable, since Ansible templates nothing. Expressions in the file stay as they are.
    type: path
  prune:
    description:
      - Delete this owner's objects that are no longer declared.
    type: bool
    default: false
  prune_limit:
    description:
      - How many objects O(prune) may delete, as a count (V(10)) or as a share of the owner's objects (V(25%)). Above it nothing is written.
    type: str
    default: 50%
  adopt:
    description:
      - Take over declared objects that exist and bear no owner's mark.
    type: bool
    default: false
  wait_timeout:
    description:
      - Seconds to wait.
    type: int
    default: 120
  concurrency:
    description:
      - How many requests are under way at once.
    type: int
    default: 8
  lint_strict:
    description:
      - Take lint's warnings as errors. An error of lint fails the module before anything is written.
      - What lint looks for stands in docs/lint.md. The module looks at its own list alone; M(inference.gateway.inference_lint) looks at all lists together.
    type: bool
    default: false
  lint_skip:
    description:
      - Lint rules that are off, as a dictionary of the rule's id and the reason why it does not hold here.
    type: dict
    default: {}
attributes:
  check_mode:
    support: full
    description: Can run in C(check_mode) and predict what a run does.
  diff_mode:
    support: full
    description: Shows before and after of each object that changes, without the values of Secrets.
  idempotent:
    support: full
    description: A second run changes nothing and writes nothing.
"""

    CLUSTER = r"""
options:
  namespace:
    description:
      - The namespace of entries that name none, and of the ConfigMap that records the owner's set. It has to exist.
    type: str
    default: default
  force_conflicts:
    description:
      - Take over fields that another field manager holds. Without it such a conflict is an error that names the manager and the fields.
    type: bool
    default: false
  on_immutable:
    description:
      - What to do when a field cannot be changed in place. V(replace) deletes the object and makes it anew, once the server has accepted its successor in
        a dry run.
    type: str
    choices: [fail, replace]
    default: fail
  validate:
    description:
      - Try new objects by the server's dry run before the first write. V(false) saves one request for each new object; then a refusal may come when
        others are written already. Changes of existing objects are always tried first.
    type: bool
    default: true
  wait:
    description:
      - Wait until all declared objects are ready, whether they changed or not. Routes and pools are ready when the gateway that they name says so.
    type: bool
    default: false
requirements:
  - kubernetes >= 29
"""
