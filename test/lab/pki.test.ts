import assert from "node:assert/strict";
import { X509Certificate, createPublicKey, createPrivateKey, sign, verify } from "node:crypto";
import { createServer, get } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { test } from "node:test";
import { createAuthority, createSigningKeys } from "../../lab/pki.js";

test("a server certificate is trusted by those who trust its authority, for its names only", async () => {
  const authority = createAuthority("test");
  const { certificate, key } = authority.server("server", ["127.0.0.1", "localhost"]);
  const parsed = new X509Certificate(certificate);
  const issuer = new X509Certificate(authority.certificate);
  assert.equal(parsed.verify(issuer.publicKey), true);
  assert.equal(parsed.checkIssued(issuer), true);
  assert.equal(parsed.subjectAltName, "IP Address:127.0.0.1, DNS:localhost");
  assert.equal(parsed.ca, false);
  assert.equal(issuer.ca, true);

  const server = createServer({ cert: certificate, key }, (_, response) => response.end("hello"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const request = (ca: string, servername: string): Promise<number | string | undefined> =>
    new Promise((resolve) => {
      get({ host: "127.0.0.1", port, ca, servername, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).on("error", (error: NodeJS.ErrnoException) => {
        resolve(error.code);
      });
    });
  assert.equal(await request(authority.certificate, "localhost"), 200);
  assert.equal(await request(authority.certificate, "elsewhere"), "ERR_TLS_CERT_ALTNAME_INVALID");
  const stranger = createAuthority("test").certificate;
  assert.match(String(await request(stranger, "localhost")), /SIGNATURE|VERIFY|ISSUER|SELF_SIGNED/);
  server.close();
});

test("a client certificate carries user and group and is accepted by a server that asks for one", async () => {
  const authority = createAuthority("test");
  const { certificate, key } = authority.client("admin", "system:masters");
  assert.equal(new X509Certificate(certificate).subject, "O=system:masters\nCN=admin");
  assert.equal(new X509Certificate(authority.client("someone").certificate).subject, "CN=someone");

  const serving = authority.server("server", ["localhost"]);
  const options = { cert: serving.certificate, key: serving.key, ca: authority.certificate };
  const server = createServer(
    { ...options, requestCert: true, rejectUnauthorized: true },
    (_, response) => response.end((response.socket as TLSSocket).getPeerCertificate().subject.CN),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const user = await new Promise<string>((resolve, reject) => {
    const access = { ca: authority.certificate, cert: certificate, key, servername: "localhost" };
    get({ host: "127.0.0.1", port, agent: false, ...access }, (response) => {
      response.setEncoding("utf8").on("data", resolve);
    }).on("error", reject);
  });
  assert.equal(user, "admin");
  server.close();
});

test("no two certificates of an authority have the same serial number", () => {
  const authority = createAuthority("test");
  const serials = Array.from(
    { length: 20 },
    () => new X509Certificate(authority.client("a").certificate).serialNumber,
  );
  assert.equal(new Set(serials).size, 20);
});

test("what the private signing key signs, the public one accepts", () => {
  const { privateKey, publicKey } = createSigningKeys();
  const content = Buffer.from("token");
  const signature = sign("sha256", content, createPrivateKey(privateKey));
  assert.equal(verify("sha256", content, createPublicKey(publicKey), signature), true);
  const other = createPublicKey(createSigningKeys().publicKey);
  assert.equal(verify("sha256", content, other, signature), false);
});
