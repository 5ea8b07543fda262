// Checks an AsyncAPI document with its own parser, protobuf payloads included.   node asyncapi.mjs FILE
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
const require = createRequire(process.env.CONCORDAT_NODE + "/");
const { Parser } = require("@asyncapi/parser");
const { ProtoBuffSchemaParser } = require("@asyncapi/protobuf-schema-parser");
const parser = new Parser();
parser.registerSchemaParser(ProtoBuffSchemaParser());
const { document, diagnostics } = await parser.parse(readFileSync(process.argv[2], "utf8"));
const errors = diagnostics.filter((one) => one.severity === 0);
for (const one of errors) console.error(`${one.path.join(".")}: ${one.message}`);
if (!document || errors.length > 0) process.exit(1);
console.log(JSON.stringify(document.channels().all().map((one) => [one.address(), one.messages().all().map((message) => message.name())])));
