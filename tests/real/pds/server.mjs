// A real Bluesky PDS and the directory of identities (PLC) that it needs, on 127.0.0.1 only.
//
//     node server.mjs FOLDER_OF_NODE_MODULES DATA_FOLDER
//
// prints one line of JSON, {"pds": URL}, when it answers. It ends when its standard input closes, so that it
// never outlives the tests that started it, and after ten minutes in any case. Rate limits are on, as in the wild.

import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import net from 'node:net'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const LIFETIME = 10 * 60 * 1000
const HOST = '127.0.0.1'
const [modules, data] = process.argv.slice(2)

// Neither server takes a host: both would listen on every interface.
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (...args) {
  const callback = args.find((one) => typeof one === 'function')
  const port = typeof args[0] === 'object' ? args[0].port : args[0]
  return listen.call(this, { port, host: HOST }, callback)
}

const load = (name) =>
  import(pathToFileURL(createRequire(path.join(modules, 'package.json')).resolve(name)))

const freePort = () =>
  new Promise((resolve) => {
    const probe = net.createServer().listen(0, () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })

const startDirectory = async () => {
  const { default: plc } = await load('@did-plc/server')
  const port = await freePort()
  await plc.PlcServer.create({ db: plc.Database.mock(), port }).start()
  return `http://${HOST}:${port}`
}

const startPds = async (didPlcUrl) => {
  const { PDS } = await load('@atproto/pds')
  const port = await freePort()
  const pds = await PDS.fromEnv({
    port,
    hostname: 'localhost',
    devMode: true,
    disableSsrfProtection: true,
    inviteRequired: false,
    serviceHandleDomains: ['.test'],
    enableDidDocWithSession: true,
    rateLimitsEnabled: true,
    didPlcUrl,
    dataDirectory: data,
    blobstoreDiskLocation: path.join(data, 'blobs'),
    jwtSecret: randomBytes(16).toString('hex'),
    adminPassword: randomBytes(16).toString('hex'),
    plcRotationKeyK256PrivateKeyHex: randomBytes(32).toString('hex'),
  })
  await pds.start()
  return `http://${HOST}:${port}`
}

setTimeout(() => process.exit(1), LIFETIME)
process.stdin.on('end', () => process.exit(0)).resume()
console.log(JSON.stringify({ pds: await startPds(await startDirectory()) }))
