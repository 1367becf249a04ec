# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The only file that knows AnsibleModule: parameters in, the engine's result or failure out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import AnsibleModule, env_fallback, missing_required_lib

from . import once  # before all the rest, see there

# isort: split
from ..lint.gather import world
from ..lint.rule import unruled
from ..lint.runner import Linter, linter
from ..models.decode import identities
from ..stores.cluster import DEFAULT_OWNER, open_cluster, set_of
from ..stores.connect import AUTH_ARG_SPEC, IMPORT_ERROR, connect, harmless
from ..stores.discovery import Discovery
from ..stores.kubernetes import KubernetesStore
from ..stores.parent import Parent
from . import source
from .converge import converge, remove
from .errors import ApplyError, GatewayError, InputError, Issue, NotReadyError
from .objects import KUBERNETES, BuildContext, GroupKind, Kind
from .params import CLUSTER, COMMON, ELSEWHERE, INFO, options_of, unfit
from .places import Places
from .report import Report, redacted
from .values import occurring, plain, veiled_texts

if TYPE_CHECKING:
    from ..lint.rule import Rule
    from ..lint.world import World
    from .backend import Server
    from .known import Check, Info, Veiled  # types alone: Ansible need not pack for a module that writes what one is made of that reads

__all__ = ["once", "run_check", "run_info", "run_kind"]

Rules = Callable[["World"], list["Rule"]]
MANY_SECRETS = 50


class _Base(AnsibleModule):  # type: ignore[misc]
    """Keeps secrets that an option holds as JSON out of ``invocation``."""

    no_log_values: Any

    def _return_formatted(self, kwargs: dict[str, Any]) -> None:
        """Also a failure over another option, before anything of ours runs, shows the parameters."""
        secret, known = veiled_texts(self.params.get(name) for name, spec in self.argument_spec.items() if spec.get("type") == "jsonarg" and spec.get("no_log"))
        self.no_log_values = (self.no_log_values - known) | secret
        super()._return_formatted(kwargs)


class _Module(_Base):
    """Keeps manifests' secrets out of the log of the target and out of ``invocation``."""

    declared: Any = None
    warned: Sequence[str] = ()
    shown: Callable[[Any], Any] = staticmethod(redacted)
    secrets: Callable[[Any], set[str]] = staticmethod(lambda _entry: set())
    also: Mapping[str, Veiled] = {}
    """Further lists whose entries may hold secrets; ``given`` is what they were before they were hidden."""
    given: Mapping[str, Any] = {}

    def _log_invocation(self) -> None:
        self.hide()
        everything = self.no_log_values
        self._look_for(self.params)
        super()._log_invocation()
        self.no_log_values = everything

    def _return_formatted(self, kwargs: dict[str, Any]) -> None:
        self.hide()
        self._look_for(kwargs, self.params, self.warned)
        super()._return_formatted(kwargs)

    def warn(self, warning: str, *args: Any, **options: Any) -> None:
        self.warned = [*self.warned, warning]
        super().warn(warning, *args, **options)

    def _look_for(self, *shown: Any) -> None:
        """Ansible blanks each secret in each text; where there are many, only those that are there at all are left to it."""
        if len(self.no_log_values) > MANY_SECRETS:
            self.no_log_values = occurring(self.no_log_values, *shown)

    def hide(self) -> None:
        option = next(name for name in self.argument_spec if self.argument_spec[name].get("elements") == "dict")
        if self.declared is None:
            self.declared = self.params.get(option) or []
            shown = self.declared if isinstance(self.declared, list) else [self.declared]
            # What is no mapping yet may be a manifest as JSON text.
            self.params[option] = [self.shown(entry) if isinstance(entry, Mapping) else "(not shown)" for entry in shown] or self.params.get(option)
            self.no_log_values -= harmless(self.params.get("kubeconfig"))
            self.no_log_values |= set().union(*map(self.secrets, shown))
            self.given = {name: self.params.get(name) for name in self.also}
            for name, veiled in self.also.items():
                entries = self.given[name] if isinstance(self.given[name], list) else [self.given[name]] if self.given[name] else []
                self.params[name] = self.given[name] and [veiled.shown(entry) for entry in entries]
                self.no_log_values |= set().union(*map(veiled.secrets, entries))


def argument_spec(kind: Kind, server: Server | None = None) -> dict[str, Any]:
    """The whole argument spec of a module about ``kind``."""
    own = {**CLUSTER, **kind.options} if kind.server == KUBERNETES else kind.options
    return {kind.option: {"type": "list", "elements": "dict"}, **COMMON, **own, **connection(kind, server)}


def connection(kind: Kind, server: Server | None) -> dict[str, Any]:
    """The options of the way to a kind's server."""
    if kind.server == KUBERNETES or server is None:
        found: dict[str, Any] = AUTH_ARG_SPEC
        return found
    return {name: {**spec, "fallback": (env_fallback, spec["fallback"][1])} if "fallback" in spec else spec for name, spec in server.options.items()}


def _demand_library(module: AnsibleModule, kind: Kind, server: Server | None) -> None:
    if kind.server == KUBERNETES:
        if IMPORT_ERROR:
            module.fail_json(msg=missing_required_lib("kubernetes"), exception=IMPORT_ERROR)
        return
    for library, package in server.libraries if server else ():
        if find_spec(library) is None:
            module.fail_json(msg=missing_required_lib(package))


def run_kind(kind: Kind, rules: Rules = unruled, server: Server | None = None) -> None:
    """A module's whole ``main``. ``rules`` are those of lint about its list; ``server`` is where its objects live, or may, besides a cluster."""
    traits = {name: staticmethod(hook) for name, hook in (("shown", kind.shown), ("secrets", kind.secrets)) if hook}
    module = type("KindModule", (_Module,), traits)(
        argument_spec=argument_spec(kind, server), supports_check_mode=True, mutually_exclusive=[(kind.option, "src")], required_one_of=[(kind.option, "src")]
    )
    module.hide()
    _demand_library(module, kind, server)
    report = Report()
    try:
        _run(kind, rules, server, module, report)
    except GatewayError as error:
        _fail(module, report, error)
    for warning in report.warnings:
        module.warn(warning)
    module.exit_json(**report.result(module._diff))


def _run(kind: Kind, rules: Rules, server: Server | None, module: _Module, report: Report) -> None:
    params = {**ELSEWHERE, **module.params}
    options = options_of(params, module.check_mode, module._diff)
    lint = linter(params, rules)
    entries, places = _declared(kind, params, module.declared)
    backend = server.open(kind, params, options, lambda: open_cluster(kind, params, options)) if server else open_cluster(kind, params, options)
    store, report.veil = backend.store, backend.veil
    context = BuildContext(namespace=params["namespace"] or "", params=params, served=backend.served, stands=backend.stands)
    with Places(kind.option, places) as place:
        if params["state"] == "present":
            context = replace(context, inspect=_inspection(lint, params, place, report))
            converge(store, place.there(backend.build(entries, context)), options, report)
            report.more = backend.answer()
            module.no_log_values -= occurring(module.no_log_values, report.more)  # what was asked for is not blanked
            return
        named = identities(entries, kind.option, params.get("namespace") or "", kind.model) if kind.named else []
        origins = {entry: places[index] for index, entry in enumerate(named)}
        wanted = backend.named(origins) if kind.named else place.there(backend.build(entries, context))
        remove(store, wanted, origins, options, report)


def _inspection(lint: Linter, params: Mapping[str, Any], place: Places, report: Report) -> Callable[[str, Sequence[Any]], None]:
    """Lints a list as soon as it is decoded, before anything is rendered: a finding is an error of the input, or a warning."""

    def inspect(option: str, entries: Sequence[Any]) -> None:
        report.warnings += map(place.told, lint.check(world({option: entries}, params.get("namespace") or "", params.get("renderer"))))

    return inspect


def run_info(info: Info, server: Server | None = None) -> None:
    """The whole ``main`` of a module that only reads."""
    own = INFO if info.kind.server == KUBERNETES else {}
    module = _Base(argument_spec={**own, **info.options, **connection(info.kind, server)}, supports_check_mode=True)
    module.no_log_values -= harmless(module.params.get("kubeconfig"))
    _demand_library(module, info.kind, server)
    missing: list[GroupKind] = []
    try:
        answer = _answer(info, server, {**dict.fromkeys(INFO), **module.params}, missing)
    except GatewayError as error:
        module.fail_json(msg=str(error))
    for kind in missing:
        module.warn(f"The cluster does not know the kind {kind}, so there is nothing of it.")
    module.exit_json(changed=False, **answer)


def run_check(check: Check) -> None:
    """The whole ``main`` of a module that measures, judges and writes nothing. A verdict against it is a failure with all that was seen."""
    traits = {"shown": staticmethod(check.shown), "secrets": staticmethod(check.secrets), "also": check.also}
    module = type("CheckModule", (_Module,), traits)(argument_spec={**check.options, **AUTH_ARG_SPEC}, supports_check_mode=True)
    module.hide()
    for library in check.libraries:
        if find_spec(library) is None:
            module.fail_json(msg=missing_required_lib(library))
    try:
        outcome = check.run(module.declared, {**module.params, **module.given, "check_mode": module.check_mode})
    except GatewayError as error:
        module.fail_json(msg=str(error))
    for warning in outcome.warnings:
        module.warn(warning)
    if outcome.message:
        module.fail_json(msg=outcome.message, **outcome.result)
    module.exit_json(changed=False, **outcome.result)


def _answer(info: Info, server: Server | None, params: Mapping[str, Any], missing: list[GroupKind]) -> dict[str, Any]:
    from ..stores.reader import Reader  # here, as only the info modules read

    issues = unfit(params)
    if "kinds" in params and not params["kinds"] and not params["owner"]:
        issues.append(Issue("kinds", "is missing: what to look for is not known.", "Give kinds, for example [Deployment.apps], or an owner."))
    for index, name in enumerate(params.get("kinds") or ()):
        if not re.fullmatch(r"[A-Za-z][-A-Za-z0-9]*(\.[a-z0-9][-a-z0-9.]*)?", name):
            issues.append(Issue(f"kinds[{index}]", f"expected a kind and its group, got {name!r}.", "Write for example Deployment.apps or Service."))
    if issues:
        raise InputError(issues)
    if server and info.elsewhere and (found := server.read(info.kind, params)) is not None:
        return info.elsewhere(found, params)
    transport = connect(params, 8)
    discovery = Discovery(transport)
    home = params["namespace"] or "default"
    applyset = set_of(info.kind, params["owner"] or DEFAULT_OWNER, home)
    parent = Parent(transport, applyset) if params["owner"] else None
    asked = (params["namespace"] or "", tuple(params["label_selectors"] or ()), frozenset(params["names"] or ()))
    reader = Reader(KubernetesStore(transport, discovery, applyset), *asked, parent, missing)
    return info.answer(reader, BuildContext(namespace=home, params=params, served=discovery.served))


def _declared(kind: Kind, params: Mapping[str, Any], inline: list[Any]) -> tuple[list[Any], list[str]]:
    """The entries, and where each stands."""
    if params["src"]:
        return source.entries(params["src"], kind.option) if kind.named else source.manifests(params["src"])
    places = [f"{kind.option}[{index}]" for index in range(len(inline))]
    return [plain(entry, place) for entry, place in zip(inline, places, strict=True)], places


def _fail(module: _Module, report: Report, error: GatewayError) -> None:
    result = report.result(module._diff)
    result["changed"] = report.wrote
    if isinstance(error, InputError):
        result["errors"] = [{"where": issue.where, "problem": issue.problem, "remedy": issue.remedy} for issue in error.issues]
    if isinstance(error, ApplyError):
        result |= {
            "changed": report.wrote or bool(error.written),
            "failed_objects": error.failed,
            "written": list(error.written),
            "not_tried": list(error.not_tried),
        }
    if isinstance(error, NotReadyError):
        result["unmet"] = error.unmet
    module.fail_json(msg=str(error), **result)
