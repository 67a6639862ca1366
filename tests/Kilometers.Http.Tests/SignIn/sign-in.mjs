// A client of the TypeScript SDK that signs in. Arguments: the folder of packages, the package, and the address of the server.
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

const [folder, kind, address] = process.argv.slice(2);
const load = path => import(pathToFileURL(join(folder, 'node_modules', '@modelcontextprotocol', ...path.split('/'))));
const { Client, StreamableHTTPClientTransport, UnauthorizedError } =
    kind === 'client'
        ? await load('client/dist/index.mjs')
        : {
              ...(await load('sdk/dist/esm/client/index.js')),
              ...(await load('sdk/dist/esm/client/streamableHttp.js')),
              ...(await load('sdk/dist/esm/client/auth.js'))
          };

const redirect = 'http://127.0.0.1:9/callback';
let client, tokens, verifier, code;
const provider = {
    redirectUrl: redirect,
    clientMetadata: { redirect_uris: [redirect], application_type: 'native', token_endpoint_auth_method: 'none' },
    clientInformation: () => client,
    saveClientInformation: value => void (client = value),
    tokens: () => tokens,
    saveTokens: value => void (tokens = value),
    codeVerifier: () => verifier,
    saveCodeVerifier: value => void (verifier = value),
    async redirectToAuthorization(url) {
        for (let next = url.href; !code; ) {
            const answer = await fetch(next, { redirect: 'manual' });
            next = answer.headers.get('location');
            if (!next) throw new Error(`No redirection: ${answer.status} ${await answer.text()}`);
            if (next.startsWith(redirect)) code = new URL(next).searchParams.get('code');
        }
    }
};

async function connect() {
    const transport = new StreamableHTTPClientTransport(new URL(address), { authProvider: provider });
    try {
        await new Client({ name: 'sign-in', version: '1' }).connect(transport);
        return transport;
    } catch (error) {
        if (!(error instanceof UnauthorizedError)) throw error;
        await transport.finishAuth(code);
        return null;
    }
}

try {
    const transport = (await connect()) ?? (await connect());
    console.log('connected');
    await transport.close();
} catch (error) {
    console.log(`failed: ${error.message}`);
}
process.exit(0);
