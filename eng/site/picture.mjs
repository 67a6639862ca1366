// Takes a picture of a page that never stops loading, because it is live: opens it, waits until it shows a text, and takes it.
//   node picture.mjs URL TEXT WIDTH HEIGHT FILE       in the folder of npm's packages, for "ws"
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const WebSocket = createRequire(join(process.cwd(), 'x.js'))('ws')
const [url, text, width, height, file] = process.argv.slice(2)
const profile = mkdtempSync(join(tmpdir(), 'picture-'))
const options = ['--headless', '--no-sandbox', '--hide-scrollbars', '--remote-debugging-port=0', `--window-size=${width},${height}`]
const browser = spawn('chromium', [...options, `--user-data-dir=${profile}`, 'about:blank'])
const fail = setTimeout(() => end(1), 60_000)

function end(status) {
  clearTimeout(fail)
  browser.once('exit', () => {
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
    process.exit(status)
  })
  browser.kill()
}

let said = ''
browser.stderr.on('data', async (data) => {
  const [, address] = (said += data).match(/ws:\/\/([^/\s]+)\/devtools\/browser/) ?? []
  if (!address) return
  browser.stderr.removeAllListeners('data').resume()
  const [page] = (await (await fetch(`http://${address}/json`)).json()).filter((target) => target.type === 'page')
  const socket = new WebSocket(page.webSocketDebuggerUrl)
  const waiting = new Map()
  let id = 0
  const call = (method, params = {}) => new Promise((done) => { socket.send(JSON.stringify({ id: ++id, method, params })); waiting.set(id, done) })
  socket.on('message', (message) => { const answer = JSON.parse(message); waiting.get(answer.id)?.(answer.result) })
  await new Promise((open) => socket.on('open', open))
  await call('Emulation.setDeviceMetricsOverride', { width: +width, height: +height, deviceScaleFactor: 1, mobile: false })
  await call('Page.navigate', { url })
  const expression = `document.body.innerText.includes(${JSON.stringify(text)})`
  while (!(await call('Runtime.evaluate', { expression })).result.value) await new Promise((wait) => setTimeout(wait, 200))
  await new Promise((wait) => setTimeout(wait, 1000)) // for charts
  writeFileSync(file, Buffer.from((await call('Page.captureScreenshot')).data, 'base64'))
  end(0)
})
