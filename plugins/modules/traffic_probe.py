#!/usr/bin/python
# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: traffic_probe
short_description: Send OpenAI requests and hold the answers against what is expected
version_added: 0.2.0
author:
  - The inference.gateway authors (@inference-gateway)
description:
  - Sends HTTP requests, one or many of each kind, and returns who answered, with which status, how often and how fast.
  - With O(probes[].expect) it fails when the answers are not as expected. The message says what was seen, and the result has all figures in that case too.
  - Redirects are not followed, and nothing is tried again, so that what is measured is what a single request meets.
options:
  probes:
    description:
      - The probes. They are sent one after the other, unless O(parallel) says otherwise.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description:
          - What messages call the probe.
        type: str
      url:
        description:
          - Where to send, such as V(http://inference.example.com/v1/models).
          - Without it O(probes[].address) or O(probes[].host) are needed.
        type: str
      address:
        description:
          - Host name or address to connect to, whatever the URL and the C(Host) header say. Without it the host of O(probes[].url), else O(probes[].host).
        type: str
      port:
        description:
          - Port to connect to. Without it that of O(probes[].url) or O(probes[].host), else 443 with TLS and 80 without.
        type: int
      host:
        description:
          - The C(Host) header, and with TLS the server name. Without it the host of O(probes[].url), else O(probes[].address).
        type: str
      path:
        description:
          - Path with its query. Without it that of O(probes[].url).
          - Where a O(probes[].model) is asked and no path is said, V(/v1/chat/completions).
        type: str
      method:
        description:
          - Method. Without it V(POST) where there is a body and V(GET) where there is none.
        type: str
        choices: [GET, HEAD, POST, PUT, DELETE, CONNECT, OPTIONS, TRACE, PATCH]
      headers:
        description:
          - Headers, as a dictionary of name and value.
          - Values of headers whose names tell of a key, token or password are shown nowhere.
        type: dict
      body:
        description:
          - What to send. Text is sent as it is, a dictionary or list as JSON.
        type: raw
      model:
        description:
          - Ask this model, in place of a body. What is asked depends on the path, chat or plain completions or embeddings.
        type: str
      prompt:
        description:
          - What to ask the model. Without it a short question.
        type: str
      max_tokens:
        description:
          - Most tokens that the model may answer with. Without it 16.
        type: int
      stream:
        description:
          - Ask for the answer as a stream, and measure the time to the first token. A stream that ends without C([DONE]) is an error.
        type: bool
      tls:
        description:
          - How to speak TLS. An empty dictionary is TLS with everything left to the defaults. A URL of https needs none.
        type: dict
        suboptions:
          verify:
            description:
              - Whether the server's certificate has to be good. It has to be where nothing is said.
            type: bool
          ca_file:
            description:
              - File with the authorities to trust, in PEM, on the host where the module runs. Without it those that this host trusts.
            type: str
          server_name:
            description:
              - The server name (SNI) that is asked for and that the certificate has to bear. Without it the C(Host) header's.
            type: str
      proxy:
        description:
          - HTTP proxy that is asked by C(CONNECT) for a way to the address, also for requests without TLS.
        type: str
      keep_alive:
        description:
          - Use a connection for more than one request. V(false) opens one for each, which a Service without a gateway needs to spread them.
          - It is used again where nothing is said.
        type: bool
      count:
        description:
          - How many requests to send. Without it one, or as many as O(probes[].expect.split) needs.
        type: int
      duration:
        description:
          - Send for so long, such as V(30s), in place of a count.
        type: str
      concurrency:
        description:
          - How many requests are under way at once. Without it one.
        type: int
      rate:
        description:
          - How many requests a second are begun at most. Without it as many as O(probes[].concurrency) allows.
        type: float
      timeout:
        description:
          - How long one request may take, such as V(90s). Without it V(60s).
        type: str
      deadline:
        description:
          - How long all requests of the probe may take together. What is under way then is an error, what was not sent by then is counted in
            RV(probes[].not_sent).
        type: str
      who:
        description:
          - JMESPath expression that says who answered, over a dictionary of C(status), C(headers) (names in lower case) and C(body) (of a stream the
            first event).
          - Without it the header C(x-inference-pod), else C(x-inference-model), else the body's C(model).
        type: str
      groups:
        description:
          - Names for those who answer, as a dictionary of name and list of patterns in which C(*) stands for any characters. The first that fits counts.
        type: dict
      expect:
        description:
          - What has to be true of the answers. Without it nothing is judged.
        type: dict
        suboptions:
          status:
            description:
              - Status that every answer has to have, or several of which each has to have one. Without it V(200).
            type: list
            elements: int
          error:
            description:
              - Every request has to end with one of these errors, in place of an answer.
            type: list
            elements: str
            choices:
              - connect_refused
              - connect_timeout
              - unreachable
              - dns
              - proxy
              - tls
              - reset
              - timeout
              - incomplete
              - incomplete_stream
              - stream_error
              - protocol
              - deadline
          failures:
            description:
              - How many requests may end otherwise than O(probes[].expect.status) or O(probes[].expect.error) say. Without it none.
            type: int
          model:
            description:
              - Name of the model that every good answer has to bear, or several. C(*) stands for any characters.
            type: list
            elements: str
          answered_by:
            description:
              - Who may answer. C(*) stands for any characters.
            type: list
            elements: str
          headers:
            description:
              - Headers that answers have to bear, as a dictionary of name and value. For a regular expression write a dictionary with the key C(regex).
            type: dict
          split:
            description:
              - How answers have to fall on those who answer, as a dictionary of name and weight. Names are those of O(probes[].groups), else what
                O(probes[].who) finds. Whoever is not named, or with a weight of 0, must not answer.
              - Accepted by a test of significance, exact multinomial or chi-square. A refusal says observed against declared with an interval for each.
              - Without O(probes[].count) as many requests are sent as the test needs, see O(probes[].expect.min_difference).
            type: dict
          confidence:
            description:
              - How sure a refusal has to be. With the usual V(0.99) one of a hundred splits that are as declared is refused by chance.
            type: float
          power:
            description:
              - How often a split that is off by O(probes[].expect.min_difference) has to be noticed, when the number of requests is chosen. Usually V(0.9).
            type: float
          min_difference:
            description:
              - By how much a share has to be off to be noticed, when the number of requests is chosen. V(0.05) is five of a hundred requests.
              - Usually V(0.1), or the smallest declared share where that is less, so that a backend which gets nothing is noticed.
            type: float
          max_p50_ms:
            description:
              - Half of the answers may take at most so many milliseconds.
            type: float
          max_p90_ms:
            description:
              - 90 of 100 answers may take at most so many milliseconds.
            type: float
          max_p95_ms:
            description:
              - 95 of 100 answers may take at most so many milliseconds.
            type: float
          max_p99_ms:
            description:
              - 99 of 100 answers may take at most so many milliseconds.
            type: float
          max_ms:
            description:
              - Every answer may take at most so many milliseconds.
            type: float
          max_ttft_p50_ms:
            description:
              - In half of the streams the first token may take at most so many milliseconds.
            type: float
          max_ttft_p95_ms:
            description:
              - In 95 of 100 streams the first token may take at most so many milliseconds.
            type: float
          max_ttft_ms:
            description:
              - In every stream the first token may take at most so many milliseconds.
            type: float
          min_tokens_per_second:
            description:
              - So many tokens a second at least, over all requests of the probe.
            type: float
          min_requests_per_second:
            description:
              - So many requests a second at least.
            type: float
  parallel:
    description:
      - How many probes are under way at once.
    type: int
    default: 1
  run_in:
    description:
      - Where requests are sent from. V(here) is the host where the module runs.
      - V(cluster) makes a Job in the cluster, which runs the same client, and removes it afterwards. That shows what a client inside the cluster meets, such
        as a Service that is reachable only there.
    type: str
    choices: [here, cluster]
    default: here
  image:
    description:
      - Image for O(run_in=cluster). Its python3, 3.11 or newer, has to have the packages aiohttp and jmespath.
    type: str
  namespace:
    description:
      - Namespace of the Job. It needs the right to write Jobs, ConfigMaps and Secrets there, and to read pods and their logs.
    type: str
    default: default
  wait_timeout:
    description:
      - Seconds that the Job may take as a whole.
    type: int
    default: 600
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
requirements:
  - aiohttp >= 3.9
  - jmespath
  - kubernetes >= 29
attributes:
  check_mode:
    support: full
    description:
      - Sends in C(check_mode) as ever, since it changes nothing. Requests that are no reads at their server should not be probed.
      - With O(run_in=cluster) nothing is sent in C(check_mode), since a Job would have to be made.
  diff_mode:
    support: N/A
    description: Changes nothing.
  idempotent:
    support: full
    description: Changes nothing.
notes:
  - Whoever answers is asked to generate tokens. Keep O(probes[].max_tokens) low where that costs money.
  - The options to reach a cluster are needed for O(run_in=cluster) alone. Requests never pass the cluster's API.
"""

EXAMPLES = r"""
- name: Does the model answer
  inference.gateway.traffic_probe:
    probes:
      - url: http://inference.example.com/v1/chat/completions
        model: gemma:2b
        expect: {status: 200, model: "gemma:2b"}

- name: A new gateway, before the name points at it
  inference.gateway.traffic_probe:
    probes:
      - name: chat
        url: https://inference.example.com
        address: 192.0.2.10
        model: gemma:2b
        stream: true
        headers:
          Authorization: "Bearer {{ api_key }}"
        tls: {ca_file: /etc/ssl/our-ca.pem}
        count: 200
        concurrency: 8
        expect: {max_p95_ms: 2000, max_ttft_p95_ms: 300}
      - name: canary
        url: https://inference.example.com
        address: 192.0.2.10
        model: gemma:2b
        groups:
          stable: [ai/chat-stable-*]
          canary: [ai/chat-canary-*]
        concurrency: 8
        expect:
          split: {stable: 90, canary: 10}
      - name: no key, no answer
        url: https://inference.example.com
        address: 192.0.2.10
        model: gemma:2b
        expect: {status: [401, 403]}

- name: A Service that only the cluster knows
  inference.gateway.traffic_probe:
    run_in: cluster
    namespace: ai
    image: registry.example.com/python-aiohttp:3.13
    probes:
      - {url: "http://ollama.ai.svc:11434/v1/models", count: 20, keep_alive: false, expect: {}}
"""

RETURN = r"""
probes:
  description: What was seen, probe by probe.
  returned: when requests were sent
  type: list
  elements: dict
  sample:
    - name: chat
      ok: true
      failures: []
      request: POST http://inference.example.com/v1/chat/completions
      sent: 200
      not_sent: 0
      statuses: {"200": 200}
      answered_by: {ai/ollama-0: 102, ai/ollama-1: 98}
      models: {"gemma:2b": 200}
      errors: {}
      latency_ms: {p50: 12.1, p90: 14.0, p95: 15.2, p99: 18.9, max: 21.3}
  contains:
    name:
      description: The probe's name, or its place in the list.
      type: str
      returned: always
    request:
      description: Method and URL.
      type: str
      returned: always
    ok:
      description: Whether everything is as expected. True where nothing is.
      type: bool
      returned: always
    failures:
      description: What is not as expected.
      type: list
      elements: str
      returned: always
    sent:
      description: How many requests were sent.
      type: int
      returned: always
    not_sent:
      description: How many were not sent before the deadline.
      type: int
      returned: always
    statuses:
      description: How often each status came.
      type: dict
      returned: always
    answered_by:
      description: How often each answered, by the name of their group where they have one.
      type: dict
      returned: always
    models:
      description: How often each model was named by the answers.
      type: dict
      returned: always
    errors:
      description: How often each kind of error happened.
      type: dict
      returned: always
    error_details:
      description: One example of each kind of error.
      type: dict
      returned: always
    latency_ms:
      description: Quantiles p50, p90, p95, p99 and max of the time to the end of the answer. Requests that ended with an error have no part in it.
      type: dict
      returned: always
    time_to_first_token_ms:
      description: The same quantiles of the time to the first token of streams.
      type: dict
      returned: always
    tokens:
      description: Tokens that were generated, as servers count them, else the events that carried text.
      type: int
      returned: always
    tokens_per_second:
      description: Tokens a second over all requests of the probe.
      type: float
      returned: always
    requests_per_second:
      description: Requests a second.
      type: float
      returned: always
    seconds:
      description: How long the probe took.
      type: float
      returned: always
    split:
      description: The test of the split, with C(ok), C(p_value), C(test), C(confidence), C(answers), C(min_difference) (what so many answers can notice)
        and for each of C(shares) C(name), C(count), C(declared), C(observed) and the interval from C(low) to C(high).
      type: dict
      returned: when a split is expected
    samples:
      description: One answer of each status, with C(status), C(headers), the beginning of its C(text) and C(answered_by).
      type: list
      elements: dict
      returned: always
"""

from ansible_collections.inference.gateway.plugins.module_utils.engine.run import run_check
from ansible_collections.inference.gateway.plugins.module_utils.probe.traffic import CHECK


def main() -> None:
    run_check(CHECK)


if __name__ == "__main__":
    main()
