// The client of bench/conformance.sh: connects to the server that the suite names, lists its tools and calls each once.
//   node client.mjs PACKAGES direct|proxy|bridge KM URL
// PACKAGES is a folder with node_modules. "direct" speaks HTTP to the server, "proxy" to a km proxy of it, and "bridge" speaks stdio to km
// bridge. The suite says in its environment which scenario it plays.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const [packages, way, km, server] = process.argv.slice(2);
const load = name => import(pathToFileURL(join(packages, 'node_modules/@modelcontextprotocol/sdk/dist/esm', name)));
const { Client } = await load('client/index.js');
const { StreamableHTTPClientTransport } = await load('client/streamableHttp.js');
const { StdioClientTransport } = await load('client/stdio.js');
const { UnauthorizedError } = await load('client/auth.js');
const { ElicitRequestSchema, CreateMessageRequestSchema } = await load('types.js');

const context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{}');
const redirect = 'http://127.0.0.1:9/callback';
const metadataUrl = 'https://conformance-test.local/client-metadata.json';

/** Signs in as a user would who agrees to everything at once. */
class Provider {
    redirectUrl = redirect;
    clientMetadataUrl = metadataUrl;
    clientMetadata = { client_name: 'conformance', redirect_uris: [redirect] };
    #client = context.client_id && { client_id: context.client_id, client_secret: context.client_secret };
    #tokens;
    #verifier;
    code;
    clientInformation = () => this.#client;
    saveClientInformation = value => void (this.#client = value);
    tokens = () => this.#tokens;
    saveTokens = value => void (this.#tokens = value);
    codeVerifier = () => this.#verifier;
    saveCodeVerifier = value => void (this.#verifier = value);
    invalidateCredentials = what => {
        if (what === 'all' || what === 'tokens') this.#tokens = undefined;
        if (what === 'all' || what === 'client') this.#client = undefined;
    };
    async redirectToAuthorization(url) {
        for (let next = url.href; ; ) {
            const answer = await fetch(next, { redirect: 'manual' });
            next = answer.headers.get('location');
            if (!next) throw new Error(`no redirection: ${answer.status}`);
            if (next.startsWith(redirect)) return void (this.code = new URL(next).searchParams.get('code'));
        }
    }
}

async function proxyOf(address) {
    const child = spawn(km, ['proxy', '--to', address, '--json', '--quiet'], { stdio: ['ignore', 'pipe', 'inherit'] });
    process.on('exit', () => child.kill());
    for await (const text of child.stdout) return JSON.parse(text).url;
    throw new Error('km proxy printed no address');
}

const provider = new Provider();
const address = way === 'proxy' ? await proxyOf(server) : server;

function open() {
    if (way !== 'bridge') return new StreamableHTTPClientTransport(new URL(address), { authProvider: provider });
    const given = context.client_id
        ? ['--client-id', context.client_id, ...(context.client_secret ? ['--client-secret-env', 'CONFORMANCE_SECRET'] : [])]
        : [];
    return new StdioClientTransport({
        command: km,
        args: ['bridge', '--quiet', ...given, '--', address],
        env: {
            ...process.env,
            CONFORMANCE_SECRET: context.client_secret ?? '',
            BROWSER: `${process.execPath} ${fileURLToPath(new URL('browser.mjs', import.meta.url))}`
        },
        stderr: 'inherit'
    });
}

let transport;

/** Does it, and again after each sign-in that it needs. */
async function signedIn(action) {
    for (let attempt = 0; ; attempt++) {
        try {
            return await action();
        } catch (error) {
            if (!(error instanceof UnauthorizedError) || attempt === 3) throw error;
            await transport.finishAuth(provider.code);
        }
    }
}

const valueOf = schema =>
    schema.default ??
    schema.const ??
    schema.enum?.[0] ??
    { number: 5, integer: 5, boolean: true, array: [], object: {}, null: null }[[schema.type].flat()[0]] ??
    'text';
const argumentsOf = schema => Object.fromEntries(Object.entries(schema?.properties ?? {}).map(([name, part]) => [name, valueOf(part)]));

let client;
await signedIn(async () => {
    client = new Client(
        { name: 'conformance', version: '1.0.0' },
        { capabilities: { sampling: {}, elicitation: { form: { applyDefaults: true } } } }
    );
    client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept', content: {} }));
    client.setRequestHandler(CreateMessageRequestSchema, () => ({
        role: 'assistant',
        model: 'none',
        content: { type: 'text', text: 'text' }
    }));
    transport = open();
    await client.connect(transport);
});
const { tools } = await signedIn(() => client.listTools());
for (const tool of tools) await signedIn(() => client.callTool({ name: tool.name, arguments: argumentsOf(tool.inputSchema) }));
await client.close();
process.exit(0);
