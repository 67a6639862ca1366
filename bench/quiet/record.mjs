// Records quiet streams for bench/anomalies.sh: sessions with npm's servers at an agent's pace, in real time. Nothing is planted.
//   node bench/quiet/record.mjs NPM_FOLDER FILES_FOLDER SESSIONS MINUTES > bench/quiet/calls.csv
// NPM_FOLDER has server-everything, server-filesystem and server-memory of @modelcontextprotocol; FILES_FOLDER is read, never written.
// A line is a call: session, milliseconds from the start of the recording until its answer, server, tool, microseconds, bytes of the answer, 1 if it failed.
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'

const [npm, files, sessions, minutes] = [resolve(process.argv[2]), resolve(process.argv[3]), +process.argv[4], +process.argv[5]]
const start = performance.now()
const until = start + minutes * 60_000
const sleep = (ms) => new Promise((done) => setTimeout(done, ms))
const any = (list) => list[Math.floor(Math.random() * list.length)]
const all = readdirSync(files, { recursive: true, withFileTypes: true }).map((entry) => [join(entry.parentPath, entry.name), entry.isFile()])
const texts = all.filter(([path, isFile]) => isFile && /\.(md|cs|json|sh)$/.test(path)).map(([path]) => path)
const folders = all.filter(([, isFile]) => !isFile).map(([path]) => path)

// What agents do: of a tool, its arguments, and what follows it how often. Some calls fail, as they do.
const missing = (path) => (Math.random() < 0.02 ? path + '.missing' : path)
const servers = {
  files: {
    args: ['server-filesystem/dist/index.js', files],
    tools: {
      list_directory: [() => ({ path: any(folders) }), { list_directory: 2, read_text_file: 6, search_files: 1, get_file_info: 1 }],
      read_text_file: [() => ({ path: missing(any(texts)) }), { read_text_file: 5, list_directory: 2, search_files: 2, get_file_info: 1 }],
      search_files: [() => ({ path: any(folders), pattern: any(['**/*.cs', '**/*.md', '**/*Tests*']) }), { read_text_file: 7, search_files: 2, list_directory: 1 }],
      get_file_info: [() => ({ path: any(texts) }), { read_text_file: 6, list_directory: 2, get_file_info: 1 }],
    },
  },
  memory: {
    args: ['server-memory/dist/index.js'],
    tools: {
      search_nodes: [() => ({ query: any(['build', 'test', 'user', 'file']) }), { open_nodes: 4, create_entities: 3, search_nodes: 3, read_graph: 1 }],
      open_nodes: [() => ({ names: ['n' + Math.floor(Math.random() * 50)] }), { add_observations: 3, search_nodes: 4, open_nodes: 2 }],
      create_entities: [
        () => ({ entities: [{ name: 'n' + Math.floor(Math.random() * 50), entityType: 'thing', observations: ['of the build'] }] }),
        { create_entities: 2, search_nodes: 4, add_observations: 2 },
      ],
      add_observations: [
        () => ({ observations: [{ entityName: 'n' + Math.floor(Math.random() * 50), contents: ['of the user ' + Math.floor(Math.random() * 9)] }] }),
        { search_nodes: 4, open_nodes: 2 },
      ],
      read_graph: [() => ({}), { search_nodes: 3, open_nodes: 2 }],
    },
  },
  everything: {
    args: ['server-everything/dist/index.js', 'stdio'],
    tools: {
      echo: [() => ({ message: 'x'.repeat(Math.floor(Math.random() * 400)) }), { echo: 4, 'get-sum': 3, 'get-tiny-image': 1, 'get-structured-content': 1 }],
      'get-sum': [() => (Math.random() < 0.03 ? { a: 'one', b: 2 } : { a: 1, b: 2 }), { echo: 3, 'get-sum': 2, 'trigger-long-running-operation': 1 }],
      'get-tiny-image': [() => ({}), { echo: 3, 'get-structured-content': 1 }],
      'get-structured-content': [() => ({ location: any(['New York', 'Chicago', 'Los Angeles']) }), { echo: 3, 'get-sum': 2 }],
      'trigger-long-running-operation': [() => ({ duration: 1, steps: 1 }), { echo: 3, 'get-sum': 1 }],
    },
  },
}

const next = (follow) => {
  let at = Math.random() * Object.values(follow).reduce((sum, weight) => sum + weight)
  for (const [tool, weight] of Object.entries(follow)) if ((at -= weight) < 0) return tool
}

let number = 0
const session = async (name) => {
  const key = ++number
  const folder = mkdtempSync(join(tmpdir(), 'km-quiet-'))
  const server = servers[name]
  const child = spawn('node', [join(npm, 'node_modules/@modelcontextprotocol', server.args[0]), ...server.args.slice(1)], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, MEMORY_FILE_PATH: join(folder, 'memory.jsonl') },
  })
  const waiting = new Map()
  createInterface({ input: child.stdout }).on('line', (line) => {
    const message = JSON.parse(line)
    if (message.method && message.id !== undefined) write({ id: message.id, result: message.method === 'roots/list' ? { roots: [] } : {} })
    else if (message.id !== undefined) waiting.get(message.id)?.([message, Buffer.byteLength(line), performance.now()])
  })
  let id = 0
  const write = (message) => child.stdin.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\n')
  const ask = (method, params) => new Promise((done) => (waiting.set(++id, done), write({ id, method, params })))
  await ask('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'quiet', version: '1' } })
  write({ method: 'notifications/initialized' })
  const end = Math.min(until, performance.now() + (5 + Math.random() * 30) * 60_000)
  let tool = Object.keys(server.tools)[0]
  while (performance.now() < end) {
    const sent = performance.now()
    const [answer, bytes, came] = await ask('tools/call', { name: tool, arguments: server.tools[tool][0]() })
    const failed = answer.error || answer.result?.isError ? 1 : 0
    console.log([key, Math.round(came - start), name, tool, Math.round((came - sent) * 1000), bytes, failed].join(','))
    tool = next(server.tools[tool][1])
    // Some calls in a row, then thinking.
    await sleep(Math.random() < 0.4 ? Math.random() * 500 : -Math.log(Math.random()) * 12_000)
  }
  child.stdin.end()
  await new Promise((done) => child.on('exit', done))
  rmSync(folder, { recursive: true })
}

const names = Object.keys(servers)
await Promise.all(
  Array.from({ length: sessions }, async (_, at) => {
    await sleep(Math.random() * 20_000)
    while (performance.now() < until - 30_000) await session(names[at % names.length])
  }),
)
