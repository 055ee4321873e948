// Runs the provider's Node client through the seven operations on groups.
//
//     node seven_operations.js ORIGIN PLAN TOKEN
//
// ORIGIN is everything before /xms/v1. Prints one JSON object: what the client has seen, and the ids of the groups that
// it leaves behind for others to look at.
"use strict";

const { SinchClient } = require("@sinch/sdk-core");

const number = (index) => `+1212555${String(index).padStart(4, "0")}`;
const seen = ({ id, name = null, size }) => ({ id, name, size });

async function main(origin, plan, token) {
  const client = new SinchClient({ servicePlanId: plan, apiToken: token });
  client.sms.setHostname(origin);
  const { groups } = client.sms;
  const three = [0, 1, 2].map(number);
  const create = (body) => groups.create({ createGroupRequestBody: body });

  const words = { to: number(9999), add: { first_word: "JOIN" }, remove: { first_word: "LEAVE", second_word: "News" } };
  const updated = await create({ name: "Updated", members: three, auto_update: words });
  const nameless = await create({ name: "Nameless", members: three });
  const replaced = await create({ name: "Replaced", members: three, child_groups: [nameless.id] });
  const deleted = await create({ name: "Deleted" });

  const listed = [];
  for await (const group of groups.list({ page_size: 2 })) listed.push(group.id);
  const afterUpdate = await groups.update({
    group_id: updated.id,
    updateGroupRequestBody: { add: [number(3)], remove: [number(0)], name: "Renamed", add_from_group: nameless.id },
  });
  const afterErasing = await groups.update({
    group_id: nameless.id,
    updateGroupRequestBody: { remove: [number(1)], name: null },
  });
  const afterReplacing = await groups.replace({
    group_id: replaced.id,
    replaceGroupRequestBody: { name: "Replacement", members: [number(5), number(6)] },
  });
  await groups.delete({ group_id: deleted.id });

  const got = await groups.get({ group_id: updated.id });
  console.log(
    JSON.stringify({
      created: [updated, nameless, replaced, deleted].map(seen),
      listed,
      updated: seen(afterUpdate),
      nameless: seen(afterErasing),
      replaced: seen(afterReplacing),
      got: seen(got),
      words: got.auto_update,
      members: await groups.listMembers({ group_id: updated.id }),
      deleted: deleted.id,
    }),
  );
}

main(...process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
