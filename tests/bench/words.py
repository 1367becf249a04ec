# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of docs/benchmarks.md that profiles say and no table can."""

WORDS = """## Where the time of a run without changes goes

CPU seconds of `inference_routes, src` with 1,000 routes, told apart by a sampling profile and rounded; about 1.0 in all where the machine had
little else to do.

| part | CPU s | whose |
|---|---|---|
| `ansible-playbook` starts, reads the play, forks | 0.55 | Ansible's |
| importing the module, once a run, out of Python's cache of compiled code | 0.09 | ours |
| reading the YAML file | 0.05 | ours |
| decoding and checking the entries | 0.06 | ours |
| linting them | 0.06 | ours |
| rendering them | 0.05 | ours |
| TLS, six requests, 2.5 MB of JSON | 0.05 | ours |
| comparing | 0.05 | ours |
| the result: 1,000 lines of plan, masked, encoded, decoded | 0.03 | both |

What was mended, measured with everything else the same:

| what | before | after |
|---|---|---|
| packing the module, starting it and compiling it there: it runs in Ansible's worker now | 0.70 s CPU a task | 0.09 s CPU a run |
| importing the Kubernetes client library, which is not needed for plain kubeconfigs and tokens | 0.23 s CPU | 0 |
| reading a file of 1,000 routes | 0.14 s CPU, 16 MB | 0.05 s CPU, 2 MB |
| reading a file of 10,000 routes | 3.2 s CPU, 156 MB | 0.5 s CPU, 18 MB |
| linting 10,000 routes with their Gateways | 6.4 s CPU | 1.8 s CPU |
| comparing 1,000 routes, in the profiler | 0.70 s | 0.20 s |
| the whole play, 1,000 routes, no-op | 1.92 s | 1.23 s |
| peak of the module's process, 10,000 routes, no-op | 259 MB | 146 MB, 115 MB over the process with everything imported |
| requests of a no-op, 1,000 routes | 7: discovery 3, schemas 1, parent 1, list 2 | 6: discovery 3, schemas 1, parent 1, list 1 |

`site.yml` without changes, in the table above: the tasks that read an installed CRD are from kubernetes.core; they are packed and started as ever, and load
the whole client library. The roles' guards and reports are skipped at 0.03 s each. What could be one task is one: a role renders all its objects for one
call, and one call of a module takes a whole list.

## What is Ansible's own, and the way around it

- One start of `ansible-playbook` costs more than our whole no-op. Give one module the whole list; a loop pays the task's part for each item.
- Hosts need `ansible_connection: local` and `ansible_python_interpreter: "{{ ansible_playbook_python }}"`, as all our inventories have them, for the quick
  way. With another connection or interpreter, with `become` or `async` Ansible packs and starts the module for each task, 0.7 s CPU more.
- Python has to be able to keep its compiled code beside the collection, or to find it there: 0.1 s CPU a run. `ansible-galaxy` does not compile what it
  installs; the first run of an account that may write there does.
- Long lists: use `src`. An inline list is templated and travels as JSON, which costs 1,000 routes a second or more of CPU. A file is read by the
  module itself, and templated lists can be written to a file by one `template` task.
- Anchors, merge keys and tags in a file are read by PyYAML's slower way. Files that a program writes need none.
- A callback that prints whole results (`minimal`, or `-v`) spends 0.1 s CPU for 1,000 routes on it.
- A fleet runs with `forks`, one process a host; the module is imported once for all of them.
- kubeconfigs with credential plugins, proxies, impersonation or in-cluster tokens are read by kubernetes.core and the client library, 0.2 s CPU more.
"""

APIGEE = """Against a server for Apigee's management API that keeps to Google's discovery document, on loopback, in a process of its own, which counts the
requests. terraform and apigeecli are not run: what they ask is read from their code (terraform-provider-google v7.45.0, apigeecli v2.17.0), and worked out
for the same lists. terraform reads each resource of its state by a request of its own, and deletes an app to give it another key. apigeecli
writes every product at each import; developers and apps that exist are refused, and what changed of them does not arrive.

The least that the API allows: a list gives 1,000 entities at most, and says that there are no more by an answer with nothing new. So 1,000 products are two
requests. Developers are three: they come in full only in a list that ends at 1,000 and cannot be continued, and whether there are more is asked by two pages of
their names. Apps are four, since that list shows one status of apps with one status of keys at a time, and one more for the developers' emails, which it need
not hold. A run that writes reads all of this once more, to see that it is done. An app with a key of one's own is made by six requests: the app, the key, the
key's products, revocation and deletion of the key that Apigee makes with each app, and a last look; one more where Apigee shows that key only later."""
