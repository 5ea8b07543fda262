// Reads BPMN files as a modeller does. Prints for each its warnings, and what of it the diagram does not show.
//   node bpmn.mjs FILE …      CONCORDAT_NODE: folder whose node_modules hold bpmn-moddle
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const require = createRequire(process.env.CONCORDAT_NODE + "/");
const module = await import(pathToFileURL(require.resolve("bpmn-moddle")).href);
const BpmnModdle = module.BpmnModdle ?? module.default;
let bad = 0;
for (const file of process.argv.slice(2)) {
  const wrong = [];
  try {
    const { rootElement, warnings, references } = await new BpmnModdle().fromXML(readFileSync(file, "utf8"));
    for (const warning of warnings) wrong.push(warning.message);
    const process_ = rootElement.rootElements.find((one) => one.$type === "bpmn:Process");
    const drawn = new Set(rootElement.diagrams[0].plane.planeElement.map((one) => one.bpmnElement?.id));
    for (const element of process_.flowElements) if (!drawn.has(element.id)) wrong.push(`${element.id} is not drawn`);
    for (const flow of process_.flowElements.filter((one) => one.$type === "bpmn:SequenceFlow")) {
      if (!flow.sourceRef || !flow.targetRef) wrong.push(`${flow.id} leads nowhere`);
      else if (!flow.sourceRef.outgoing?.includes(flow) || !flow.targetRef.incoming?.includes(flow)) wrong.push(`${flow.id} is not named where it begins and ends`);
    }
    console.log(`${file}: ${process_.flowElements.length} elements, ${references.length} references`);
  } catch (error) { wrong.push(String(error.message ?? error)); }
  for (const one of wrong) console.log(`${file}: WRONG ${one}`);
  bad += wrong.length;
}
process.exit(bad ? 1 : 0);
