# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a module of this collection in a child of Ansible's worker, where it would run on the controller and with the controller's own Python anyway.

For each task Ansible packs a module with all that it imports, starts a Python for it and compiles it there: more than the work of a run in which nothing
changes. Here sources are imported once, with Python's cache of compiled code, and a task is a fork. All else stays Ansible's: how parameters come in,
``environment``, check mode, what becomes of the result. Any other connection or interpreter, ``become`` and ``async`` take Ansible's usual way.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import logging
import os
import re
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.abc import MetaPathFinder
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, ModuleSpec, SourceFileLoader
from types import ModuleType
from typing import IO, Any, NoReturn, cast

from ansible import constants, release
from ansible.errors import AnsibleError
from ansible.module_utils.common.text.converters import to_text
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action.normal import ActionModule as UsualAction

try:
    from ansible.executor.module_common import _BuiltModule
    from ansible.module_utils import _internal, basic
    from ansible.module_utils._internal._ansiballz import _loader
    from ansible.module_utils.common.json import Direction, get_module_encoder
except ImportError:
    KNOWN = False
else:
    KNOWN = True

PLUGINS = "ansible_collections.inference.gateway.plugins"
PROFILE = "legacy"
"""How Ansible writes the parameters, and reads the result, of a module that asks for nothing else."""
EARLY = re.compile("PYTHON|LD_|OPENSSL_|SSL_|LC_|LANG|TZ|GCE_METADATA")
"""Variables that a program reads when it starts, or a library when it is imported: it may be too late for them here."""
EARLY_READERS = ("kubernetes", "google.auth")
"""Libraries that read further ones when they are imported, as KUBECONFIG."""
TRIED = ("2.19.", "2.20.", "2.21.")
"""Releases of ansible-core with which this was tried. It needs what they keep to themselves, so with any other the usual way is taken."""
SWITCH = "inference_gateway_in_process"
"""The variable that turns this off."""


class Compiled(MetaPathFinder):
    """Finds this collection's own sources as Python finds any other, so that their compiled code is kept. Ansible's finder compiles them in each process."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if not path or not fullname.startswith((f"{PLUGINS}.module_utils.", f"{PLUGINS}.modules.")):
            return None
        found = finder_of(next(iter(path))).find_spec(fullname, target)
        return found if found and found.loader else None  # folders are Ansible's


@cache
def finder_of(folder: str) -> FileFinder:
    return FileFinder(folder, (SourceFileLoader, SOURCE_SUFFIXES))


def action_of(plugin: str) -> type[ActionModule]:
    """What the action plugin of this import name is. Its module is imported here: Ansible loads action plugins before it forks, so all workers have it then.

    What a module lacks on this machine may be there where it will run; if that is here, it says so when it runs.
    """
    if not KNOWN:
        return cast("type[ActionModule]", UsualAction)
    finder = Compiled()
    sys.meta_path.insert(0, finder)
    try:
        with suppress(Exception):
            importlib.import_module(f"{PLUGINS}.modules.{plugin.rpartition('.')[2]}")
    finally:
        sys.meta_path.remove(finder)
    return ActionModule


@dataclass(frozen=True)
class Call:
    """One run of a module: where it stands, its parameters as JSON, and what surrounds it."""

    module: str
    folder: str
    environment: Mapping[str, Any]

    def run(self, params: bytes) -> tuple[int, bytes, bytes]:
        """The exit status as a shell tells it, and what was printed. Ends with its child, whatever interrupts it."""
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as complaints:
            child = os.fork()
            if not child:
                self.answer(params, output, complaints)
            try:
                status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            except BaseException:  # the task's time is over, for example: a module may have something to put back before it ends
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGTERM)
                raise
            output.seek(0)
            complaints.seek(0)
            return status if status >= 0 else 128 - status, output.read(), complaints.read()

    def answer(self, params: bytes, output: IO[bytes], complaints: IO[bytes]) -> NoReturn:
        """The child, which must never return into what was forked."""
        status = 1
        try:
            gc.freeze()  # what came from the parent is neither looked through nor copied
            atexit._clear()  # nor is it the child's to clear away
            logging.getLogger().handlers.clear()  # Ansible's log is no place for what libraries say
            signal.signal(signal.SIGINT, signal.default_int_handler)
            for number in (signal.SIGTERM, signal.SIGALRM):
                signal.signal(number, signal.SIG_DFL)
            os.dup2(output.fileno(), 1)
            os.dup2(complaints.fileno(), 2)
            sys.stdout, sys.stderr = os.fdopen(1, "w", encoding="utf-8", closefd=False), os.fdopen(2, "w", encoding="utf-8", closefd=False)
            os.chdir(self.folder)
            os.environ.update({name: to_text(value) for name, value in self.environment.items()})
            sys.meta_path.insert(0, Compiled())
            _internal.is_controller = False  # warnings belong into the result
            basic._ANSIBLE_ARGS, basic._ANSIBLE_PROFILE = params, PROFILE
            importlib.import_module(self.module).main()
            raise RuntimeError("The module did not end by itself.")
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
            if isinstance(end.code, str):
                sys.stderr.write(end.code)
        except Exception as error:
            status = told(error)
        except BaseException:
            traceback.print_exc()
        finally:
            try:
                finish()
            finally:
                os._exit(status)


def told(error: Exception) -> int:
    """A module's defect as Ansible tells it; the exit status."""
    try:
        _loader._handle_exception(error, PROFILE)
    except SystemExit as end:
        return int(end.code or 1)
    return 1


def finish() -> None:
    """What Python does where a program ends: libraries take their temporary files away, keys among them."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()


class ActionModule(UsualAction):  # type: ignore[misc]
    """Ansible's own action of a module, with another way to start it where that makes no difference."""

    call: Call | None = None
    here: bool = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            self.here = self.fits(task_vars or {})
        except AnsibleError:  # a template that cannot be read: Ansible says so, or takes what it takes without it
            self.here = False
        result: dict[str, Any] = super().run(tmp, task_vars)
        return result

    def fits(self, task_vars: Mapping[str, Any]) -> bool:
        """Whether Ansible would start the module on this machine, as this user, with this Python, and leave nothing behind."""
        if sys.platform != "linux" or not release.__version__.startswith(TRIED):
            return False  # elsewhere libraries of the system may not be used in a fork
        if self._connection.transport != "local" or self._connection.become or self._task.async_val or constants.DEFAULT_KEEP_REMOTE_FILES:
            return False
        seen = task_vars.get("ansible_delegated_vars", {}).get(self._task.delegate_to, {}) if self._task.delegate_to else task_vars
        if constants.config.get_config_value("PYTHON_MODULE_RLIMIT_NOFILE", variables=seen):
            return False
        if not boolean(self._templar.template(seen.get(SWITCH, task_vars.get(SWITCH, True))), strict=False) or self.comes_late():
            return False
        interpreter = self._templar.template(constants.config.get_config_value("INTERPRETER_PYTHON", variables=seen))
        return bool(str(interpreter).strip() == sys.executable)

    def comes_late(self) -> bool:
        """Whether something in the task's environment would be read too late."""
        environment: dict[str, Any] = {}
        self._compute_environment_string(environment)
        return any(map(EARLY.match, environment)) or (bool(environment) and any(name in sys.modules for name in EARLY_READERS))

    def _is_pipelining_enabled(self, module_style: str, wrap_async: bool = False) -> bool:
        return self.here or bool(super()._is_pipelining_enabled(module_style, wrap_async))

    def _configure_module(self, module_name: str, module_args: dict[str, Any], task_vars: dict[str, Any]) -> tuple[Any, str]:
        """Instead of the packed module, its parameters."""
        if not self.here:
            usual: tuple[Any, str] = super()._configure_module(module_name, module_args, task_vars)
            return usual
        found = self._shared_loader_obj.module_loader.find_plugin_with_context(module_name, collection_list=self._task.collections)
        environment: dict[str, Any] = {}
        self._compute_environment_string(environment)
        self.call = Call(f"{PLUGINS}.modules.{found.resolved_fqcn.rpartition('.')[2]}", self._loader.get_basedir(), environment)
        params = json.dumps({"ANSIBLE_MODULE_ARGS": module_args}, cls=get_module_encoder(PROFILE, Direction.CONTROLLER_TO_MODULE)).encode()
        bits = _BuiltModule(module_style="new", shebang=f"#!{sys.executable}", b_module_data=params, serialization_profile=PROFILE)
        return bits, found.plugin_resolved_path

    def _low_level_execute_command(self, cmd: str, *args: Any, in_data: bytes | None = None, **options: Any) -> dict[str, Any]:
        if self.call is None or in_data is None:
            usual: dict[str, Any] = super()._low_level_execute_command(cmd, *args, in_data=in_data, **options)
            return usual
        status, output, complaints = self.call.run(in_data)
        self.call = None
        out, err = to_text(output), to_text(complaints)
        return {"rc": status, "stdout": out, "stdout_lines": out.splitlines(), "stderr": err, "stderr_lines": err.splitlines()}
