"""Checks recorded requests and answers against the provider's OpenAPI document.

    check_traffic.py OPENAPI TRAFFIC

TRAFFIC holds one JSON object a line: method, path (behind the plan's id), request, status, answer; a body that is not
there is null. Two points of the document are older than the provider's pages, and are amended: a group can be deleted,
and an update may set its name to null. Prints how many bodies were checked; fails when one is not as documented.
"""

import json
import sys

import yaml
from jsonschema import Draft7Validator, FormatChecker

PREFIX = "/xms/v1/{service_plan_id}"
# Answers that every operation may give, and that the document leaves to its preface.
EVERYWHERE = {"401", "404", "405", "415", "429", "500", "503"}


def amend(document):
    group = document["paths"][PREFIX + "/groups/{group_id}"]
    group["delete"] = {"responses": {"200": {"description": "OK"}}}
    update = group["post"]["requestBody"]["content"]["application/json"]["schema"]
    update["properties"]["name"]["type"] = ["string", "null"]


def template(path):
    parts = path.strip("/").split("/")
    if len(parts) > 1:
        parts[1] = "{group_id}"
    return PREFIX + "/" + "/".join(parts)


def schema_of(described):
    return described.get("content", {}).get("application/json", {}).get("schema")


def check(document, schema, body):
    # References lead into the document, whose parts a JSON Schema calls its components, too.
    whole = {"allOf": [schema], "components": document["components"]}
    return [
        f"{'/'.join(map(str, error.absolute_path))}: {error.validator} {error.validator_value!r:.200}"
        for error in Draft7Validator(whole, format_checker=FormatChecker()).iter_errors(body)
    ]


def faults(document, exchange, checked):
    operation = document["paths"].get(template(exchange["path"]), {}).get(exchange["method"].lower())
    if operation is None:
        yield "the document has no such operation"
        return
    wanted = schema_of(operation.get("requestBody", {}))
    if 200 <= exchange["status"] < 300:
        if (wanted is None) != (exchange["request"] is None):
            yield "a request with a body where there is none, or the other way round"
        elif wanted is not None:
            checked["requests"] += 1
            yield from check(document, wanted, exchange["request"])
    status = str(exchange["status"])
    described = operation["responses"].get(status)
    if described is None and status not in EVERYWHERE:
        yield f"the document has no answer {status}"
        return
    answer = schema_of(described or {})
    if answer is None and status in EVERYWHERE:
        answer = {"$ref": "#/components/schemas/errorResponseObj"}
    if answer is not None:
        checked["answers"] += 1
        yield from check(document, answer, exchange["answer"])
    elif exchange["answer"] is not None:
        yield "an answer where the document has none"


def main(openapi, traffic):
    with open(openapi, encoding="utf-8") as file:
        document = yaml.safe_load(file)
    amend(document)
    checked, wrong = {"requests": 0, "answers": 0}, 0
    with open(traffic, encoding="utf-8") as file:
        for line in file:
            exchange = json.loads(line)
            for fault in faults(document, exchange, checked):
                wrong += 1
                print(f"{exchange['method']} {exchange['path']} {exchange['status']}: {fault}", file=sys.stderr)
    print(json.dumps(checked))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
