"""Node-RED as people use it for this: a function node gathers 1,000 lines, an HTTP request writes them.

It is installed from npm into a folder of its own when it is asked for.
"""

import json
import shutil
import subprocess
from pathlib import Path

from deploy.errors import DeployError

VERSION = "4.1.2"
BATCH = 1_000
_GATHER = """
let lines = context.get("lines") || [];
if (!flow.get("began")) flow.set("began", Date.now());
const device = msg.topic.split("/")[3];
for (const e of msg.payload.events)
  lines.push(`telemetry,device=${device},compartment=${e.compartment} ` +
    `fill_pct=${e.fill_pct},weight_kg=${e.weight_kg},temperature_c=${e.temperature_c} ${e.ts}`);
if (lines.length < %d) { context.set("lines", lines); return null; }
context.set("lines", []);
return {payload: lines.join("\\n"), count: lines.length};
"""
_COUNT = """
const written = (context.get("written") || 0) + msg.count;
context.set("written", written);
if (written >= %d) node.warn("done " + (Date.now() - flow.get("began")) / 1000);
"""


def install(folder: Path) -> None:
    """Raises DeployError."""
    npm = shutil.which("npm")
    if npm is None:
        raise DeployError("no npm on the PATH: Node-RED is not measured")
    command = [npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund", f"node-red@{VERSION}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode:
        raise DeployError(f"Node-RED could not be installed: {done.stderr[-500:]}")


def command(folder: Path, port: int, url: str, events: int, web_port: int) -> list[str]:
    """The command that runs it; its flow says "done SECONDS" in its log."""
    write = f"{url}/api/v2/write?org=linli&bucket=linli&precision=ms"
    broker = {"broker": "127.0.0.1", "port": str(port), "clientid": "node-red", "autoConnect": True}
    topic = {"topic": "linli/v1/+/+/events", "qos": "1", "datatype": "json", "broker": "broker"}
    flow = [
        {"id": "tab", "type": "tab", "label": "linli"},
        {"id": "broker", "type": "mqtt-broker", **broker, "protocolVersion": "4", "cleansession": True},
        {"id": "in", "type": "mqtt in", "z": "tab", **topic, "wires": [["gather"]]},
        _function("gather", _GATHER % BATCH, ["write"]),
        {
            "id": "write",
            "type": "http request",
            "z": "tab",
            "method": "POST",
            "url": write,
            "wires": [["count"]],
        },
        _function("count", _COUNT % events, []),
    ]
    flows = folder / "flows.json"
    flows.write_text(json.dumps(flow))
    settings = folder / "settings.js"
    settings.write_text(
        f'module.exports = {{uiPort: {web_port}, uiHost: "127.0.0.1", httpAdminRoot: false,'
        ' logging: {console: {level: "info"}}}\n'
    )
    program = folder / "node_modules" / "node-red" / "red.js"
    return ["node", str(program), "-u", str(folder), "-s", str(settings), str(flows)]


def _function(name: str, code: str, to: list[str]) -> dict[str, object]:
    return {"id": name, "type": "function", "z": "tab", "func": code, "outputs": len(to), "wires": [to]}
