// A TypeScript client as an integrator would have it: generated from the definition, over Connect, gRPC and server-sent events.
//   node out/client.js HTTP GRPC      prints one {"name", "good", "why"} a line
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { create } from "@bufbuild/protobuf";
import { CloudEvent } from "cloudevents";
import { EventSource } from "eventsource";
import { Concordat } from "./gen/concordat/v1/service_pb.js";
import { CommandSchema, type Command } from "./gen/concordat/v1/ledger_pb.js";
import { Capacity_Value } from "./gen/concordat/v1/common_pb.js";
import { Standing_Value } from "./gen/concordat/v1/record_pb.js";
import { Settlement_Verdict, SteerSubscriptionRequest_Act } from "./gen/concordat/v1/subscription_pb.js";

const [http, grpc] = process.argv.slice(2) as [string, string];
function truth(name: string, good: unknown, why: unknown = "") {
  const text = typeof why === "string" ? why : JSON.stringify(why, (_, value) => (typeof value === "bigint" ? value.toString() : value));
  console.log(JSON.stringify({ name, good: Boolean(good), why: text }));
}

const actor = { who: "office:director-owm", capacity: Capacity_Value.owm_officer, onBehalfOf: "body:owm", mandate: "minute 7" };
const nobody = (id: string): Command => create(CommandSchema, { commandId: id, actor, does: { case: "closeItem", value: { matter: "NOWHERE" } } });
const failed = async (call: Promise<unknown>): Promise<ConnectError> => {
  try { await call; } catch (error) { return ConnectError.from(error); }
  return new ConnectError("it did not fail", Code.Unknown);
};

// The same over either protocol: one definition.
async function calls(over: string, transport: Transport) {
  const client = createClient(Concordat, transport);
  const document = create(CommandSchema, { commandId: `ts/${over}/document`, actor, does: { case: "registerDocument", value: { documents: [{ id: `minute-${over}`, title: "Minute 7", known: "2026-05-01", held: true }] } } });
  const fact = create(CommandSchema, { commandId: `ts/${over}/fact`, actor, does: { case: "assertFacts", value: { facts: [{
    id: `ts-${over}`, subject: "area:csu-review", predicate: "strategic_lead", value: { is: { case: "ref", value: "person:mark-axcell" } }, from: "2026-06-01", standing: Standing_Value.effective,
    source: { document: `minute-${over}`, place: "2", quote: "Mark Axcell takes over" }, known: "2026-05-01" }] } } });
  const batch = await client.submitBatch({ commands: [document, fact] });
  const last = batch.results[1]?.reply?.lastSequence ?? 0n;
  truth(`${over}: submitted in one batch`, batch.results.length === 2 && last > 0n, batch);
  const again = await client.submit(fact);
  truth(`${over}: the same id again is answered the same`, again.reply?.repeatedCommand && again.reply.lastSequence === last, again);
  const asked = await client.ask({ question: { subject: "area:csu-review", predicate: "strategic_lead", validAt: "2026-07-01" }, atLeast: last });
  truth(`${over}: read your own write`, asked.answer?.determined && asked.answer.values[0]?.is.value === "person:mark-axcell" && asked.position >= last, asked);
  const open = await client.ask({ question: { subject: "POD", predicate: "commissioner", validAt: "2023-04-15", recordSets: ["seeds"] } });
  truth(`${over}: not determined is a value`, open.answer && !open.answer.determined && open.answer.reasons.length > 0, open);
  const refused = await client.submit(nobody(`ts/${over}/nowhere`));
  truth(`${over}: a refusal is a reply`, refused.reply?.refused && refused.reply.refused.sentence.startsWith("expected "), refused);
  const rows = await client.get({ view: "decisions", key: "HOST-2023" });
  truth(`${over}: get`, rows.rows[0]?.of.case === "decision" && rows.rows[0].of.value.matter === "HOST-2023" && rows.rows[0].of.value.made?.outcome === "carried", rows);
  const why = await client.explain({ what: "HOST-2023" });
  truth(`${over}: explain`, why.rulings.length >= 4 && why.rulings.every((one) => one.sentence !== ""), why.rulings.length);
  const may = await client.whyNot({ who: "office:ceo-cw", matter: "HOST-2023" });
  truth(`${over}: why not`, may.who === "office:ceo-cw" && may.sentence !== "", may.sentence);
  const none = await failed(client.explain({ what: "NOWHERE" }));
  truth(`${over}: not found`, none.code === Code.NotFound && none.rawMessage.includes("NOWHERE"), none.message);
  const guessed = await failed(client.ask({ question: { subject: "S&T", predicate: "kind", validAt: "2023-01-31" } }));
  truth(`${over}: a malformed question`, guessed.code === Code.InvalidArgument && guessed.rawMessage.includes("names are never guessed"), guessed.message);
  const late = await failed(client.get({ view: "matters", atLeast: 99_999_999n }, { timeoutMs: 200 }));
  truth(`${over}: a deadline`, late.code === Code.DeadlineExceeded, late.message);
  return last;
}

async function streams(transport: Transport, upTo: bigint) {
  const client = createClient(Concordat, transport);
  const seen: bigint[] = [];
  const kinds = new Set<string | undefined>();
  for await (const one of client.watch({ after: 0n }, { timeoutMs: 20_000 })) {
    seen.push(one.sequence);
    kinds.add(one.event?.happened.case);
    if (one.sequence >= upTo) break;
  }
  truth("grpc: watch, every event in order", BigInt(seen.length) === upTo && seen.every((sequence, at) => sequence === BigInt(at + 1)) && kinds.has("decisionMade"), seen.length);
  async function* commands() { for (let at = 0; at < 20; ++at) yield nobody(`ts/stream/${at}`); }
  const replies: bigint[] = [];
  for await (const one of client.submitStream(commands(), { timeoutMs: 20_000 })) replies.push(one.reply?.lastSequence ?? 0n);
  truth("grpc: a stream of commands, replies in their order", replies.length === 20 && replies.every((one, at) => at === 0 || one > (replies[at - 1] ?? 0n)), replies);
}

// Fetch, settle, park, replay: as the loop of a consumer does it, over HTTP with JSON.
async function subscription(transport: Transport) {
  const client = createClient(Concordat, transport);
  const name = "ts";
  const fetch = async (limit: number) => (await client.fetchDeliveries({ subscription: name, limit, waitMs: 5000 })).deliveries;
  const settle = (id: string, verdict: Settlement_Verdict, reason = "") => client.settleDeliveries({ subscription: name, settlements: [{ id, verdict, reason }] });
  const first = (await fetch(1))[0]!;
  const event = new CloudEvent(JSON.parse(first.event) as Partial<CloudEvent<{ event: object }>>);
  truth("subscription: a CloudEvent for its SDK", event.type.startsWith("transfer.") && event.subject === "POD-2023" && event.validate(), first.event);
  await settle(first.id, Settlement_Verdict.retry, "busy");
  const again = (await fetch(1))[0]!;
  truth("subscription: asked for again, it comes again under the same id", again.id === first.id && again.attempt === 2, again.id);
  await settle(again.id, Settlement_Verdict.park, "no such cost centre");
  const rest = await fetch(100);
  for (const one of rest) await settle(one.id, Settlement_Verdict.done);
  truth("subscription: what is parked holds nothing up", rest.length >= 4 && rest.every((one) => one.id !== first.id), rest.length);
  const twice = await settle(rest[0]!.id, Settlement_Verdict.done);
  truth("subscription: settled twice is said", twice.late[0] === rest[0]!.id, twice);
  const stands = await client.getSubscriptions({ name });
  truth("subscription: the parked one with its reason", stands.parked.length === 1 && stands.parked[0]?.reason === "no such cost centre" && stands.subscriptions[0]?.parked === 1, stands);
  await client.steerSubscription({ name, act: SteerSubscriptionRequest_Act.replay });
  const back = (await fetch(1))[0]!;
  await settle(back.id, Settlement_Verdict.done);
  const end = (await client.getSubscriptions({ name })).subscriptions[0]!;
  truth("subscription: replayed and done, nothing is left", back.id === first.id && end.parked === 0 && end.out === 0 && end.settled === end.head, end);
  const none = await failed(client.fetchDeliveries({ subscription: "nowhere" }));
  truth("subscription: one that is not declared", none.code === Code.NotFound, none.message);
}

function follow(address: string, count: number, last?: string): Promise<{ ids: string[]; events: CloudEvent<unknown>[] }> {
  return new Promise((done, fail) => {
    const ids: string[] = [], events: CloudEvent<unknown>[] = [];
    const source = new EventSource(address, last === undefined ? {} : { fetch: (to, init) => fetch(to, { ...init, headers: { ...init.headers, "Last-Event-ID": last } }) });
    const timer = setTimeout(() => { source.close(); fail(new Error(`${events.length} of ${count} events came`)); }, 15_000);
    const take = (message: MessageEvent) => {
      if (events.length >= count) return;
      ids.push(message.lastEventId);
      events.push(new CloudEvent(JSON.parse(message.data as string) as Partial<CloudEvent<unknown>>));
      if (events.length === count) { clearTimeout(timer); source.close(); done({ ids, events }); }
    };
    for (const type of ["transfer.planned", "transfer.replanned", "transfer.condition_met", "transfer.took_effect"]) source.addEventListener(type, take);
  });
}

const connect = createConnectTransport({ baseUrl: http, httpVersion: "1.1" });
const binary = createConnectTransport({ baseUrl: http, httpVersion: "1.1", useBinaryFormat: true });
const rpc = createGrpcTransport({ baseUrl: `http://${grpc}` });
await calls("json", createConnectTransport({ baseUrl: http, httpVersion: "1.1", useBinaryFormat: false }));
await calls("binary", binary);
await streams(rpc, await calls("grpc", rpc));
await subscription(connect);
const whole = await follow(`${http}/feeds/staff-transfers/events?from=beginning`, 5);
truth("sse: the feed from its beginning", whole.events.every((one) => one.subject === "POD-2023"), whole.events.map((one) => one.type));
const rest = await follow(`${http}/feeds/staff-transfers/events`, 2, whole.ids[2]);
truth("sse: Last-Event-ID goes on with the next", rest.events.map((one) => one.id).join() === whole.events.slice(3, 5).map((one) => one.id).join(), rest.ids);
process.exit(0);
