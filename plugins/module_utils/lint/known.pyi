# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a world is made of, for who checks types. At run time each module has but what it is about."""

from ..models.apigee_app import App as App
from ..models.apigee_developer import Developer as Developer
from ..models.apigee_product import Product as Product
from ..models.decode import Entry as Entry
from ..models.filters import Filters as Filters
from ..models.gateway import Expression as Expression
from ..models.gateway import Gateway as Gateway
from ..models.gateway import Listener as Listener
from ..models.gateway import Namespaces as Namespaces
from ..models.match import Match as Match
from ..models.objective import Objective as Objective
from ..models.pool import Pool as Pool
from ..models.refs import Target as Target
from ..models.route import Backend as Backend
from ..models.route import Parent as Parent
from ..models.route import Route as Route
from ..models.route import Rule as Rule
from .workloads import Workloads as Workloads
