"""Runs the provider's Python client through the seven operations on groups.

    seven_operations.py ORIGIN PLAN TOKEN

ORIGIN is everything before /xms/v1. Prints one JSON object: what the client has seen, and the ids of the groups that it
leaves behind for others to look at.
"""

import json
import sys

from sinch import SinchClient


def number(index):
    return f"+1212555{index:04}"


def seen(group):
    return {"id": group.id, "name": group.name, "size": group.size}


def members(groups, group):
    return list(groups.list_members(group_id=group.id).content())


def main(origin, plan, token):
    client = SinchClient(service_plan_id=plan, sms_api_token=token, sms_region="us")
    client.configuration.sms_origin_with_service_plan_id = origin
    groups = client.sms.groups
    three = [number(index) for index in range(3)]

    words = {"to": number(9999), "add": {"first_word": "JOIN"}, "remove": {"first_word": "LEAVE", "second_word": "News"}}
    updated = groups.create(name="Updated", members=three, auto_update=words)
    nameless = groups.create(name="Nameless", members=three)
    replaced = groups.create(name="Replaced", members=three, child_groups=[nameless.id])
    deleted = groups.create(name="Deleted")

    listed = [group.id for group in groups.list(page_size=2).iterator()]
    after_update = groups.update(
        group_id=updated.id, add=[number(3)], remove=[number(0)], name="Renamed", add_from_group=nameless.id
    )
    # Every field that is not set is sent as null: the name, too, which is thereby erased.
    after_erasing = groups.update(group_id=nameless.id, remove=[number(1)])
    after_replacing = groups.replace(group_id=replaced.id, name="Replacement", members=[number(5), number(6)])
    groups.delete(group_id=deleted.id)

    print(
        json.dumps(
            {
                "created": [seen(group) for group in (updated, nameless, replaced, deleted)],
                "listed": listed,
                "updated": seen(after_update),
                "nameless": seen(after_erasing),
                "replaced": seen(after_replacing),
                "got": seen(groups.get(group_id=updated.id)),
                "words": groups.get(group_id=updated.id).auto_update.model_dump(exclude_none=True),
                "members": members(groups, updated),
                "deleted": deleted.id,
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
