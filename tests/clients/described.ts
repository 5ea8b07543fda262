// A client made from the OpenAPI document alone, with openapi-typescript and openapi-fetch: no word of protobuf or Connect.
//   node out/described.js HTTP      prints one {"name", "good", "why"} a line
import createClient from "openapi-fetch";
import type { components, paths } from "./openapi.js";

const client = createClient<paths>({ baseUrl: process.argv[2]! });
function truth(name: string, good: unknown, why: unknown) { console.log(JSON.stringify({ name, good: Boolean(good), why: JSON.stringify(why) })); }

const question: components["schemas"]["Question"] = { subject: "team:integrated-staff-hub", predicate: "host", validAt: "2023-03-15" };
const asked = await client.POST("/concordat.v1.Concordat/Ask", { body: { question } });
truth("ask", asked.data?.answer?.determined && asked.data.answer.values?.[0]?.ref === "body:bsol", asked.data);
const command: components["schemas"]["Command"] = {
  commandId: "described/1", actor: { who: "office:director-owm", capacity: "owm_officer", onBehalfOf: "body:owm", mandate: "minute 7" }, closeItem: { matter: "NOWHERE" } };
const submitted = await client.POST("/concordat.v1.Concordat/Submit", { body: command, params: { header: { "Connect-Timeout-Ms": 5000 } } });
truth("submit", submitted.data?.reply?.refused?.code === "matter_not_found" && submitted.data.reply.refused.sentence?.startsWith("expected "), submitted.data);
const rows = await client.POST("/concordat.v1.Concordat/Get", { body: { view: "matters", limit: 1, atLeast: submitted.data?.reply?.lastSequence } });
truth("get", rows.data?.rows?.length === 1 && rows.data.rows[0]?.matter?.id, rows.data);
const failed = await client.POST("/concordat.v1.Concordat/Explain", { body: { what: "NOWHERE" } });
truth("an error", failed.response.status === 404 && failed.error?.code === "not_found" && failed.error.message.includes("NOWHERE"), failed.error);
// @ts-expect-error A word that the definition does not have is refused before anything is sent.
const misspelt: components["schemas"]["GetRequest"] = { veiw: "matters" };
const refused = await client.POST("/concordat.v1.Concordat/Get", { body: misspelt });
truth("what is misspelt", refused.response.status === 400 && refused.error?.code === "invalid_argument" && refused.error.message.includes("veiw"), refused.error);
