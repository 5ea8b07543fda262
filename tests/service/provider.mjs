// A real OpenID provider for tests: machines get tokens by their own credentials. Prints its address; SIGUSR1 changes its keys.
import { createServer } from 'node:http';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import Provider from 'oidc-provider';

const key = () => ({ ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256', kid: randomUUID() });
let handle, issuer;
const renew = () => {
  const provider = new Provider(issuer, {
    jwks: { keys: [key()] },
    clients: ['payroll', 'ceo-desk', 'stranger'].map((id) => ({ client_id: id, client_secret: 'of-tests-only', id_token_signed_response_alg: 'ES256', grant_types: ['client_credentials'], redirect_uris: [], response_types: [] })),
    scopes: ['use'],
    features: {
      clientCredentials: { enabled: true }, devInteractions: { enabled: false },
      resourceIndicators: { enabled: true, getResourceServerInfo: (_, resource) => ({ scope: 'use', audience: resource.slice('urn:'.length), accessTokenFormat: 'jwt', accessTokenTTL: 600, jwt: { sign: { alg: 'ES256' } } }) },
    },
  });
  handle = provider.callback();
};
const server = createServer((request, reply) => handle(request, reply));
server.listen(0, '127.0.0.1', () => {
  issuer = `http://127.0.0.1:${server.address().port}`;
  renew();
  console.log(issuer);
});
process.on('SIGUSR1', () => { renew(); console.log('renewed'); });
