import type { Socket } from 'node:net';
import { isIP } from 'node:net';
import { connect, type DetailedPeerCertificate, type PeerCertificate, type TLSSocket } from 'node:tls';
import type { TlsView } from '../../core/model/probe.ts';
import type { TlsWish } from '../../core/model/target.ts';
import { Fault } from './fault.ts';
import type { Lane } from './lane.ts';
import { untilAbort } from './until-abort.ts';

/**
 * TLS on an established connection. The certificate is always looked at; only a target that wants it verified fails over it.
 *
 * @throws Fault `certificate`, and whatever the handshake throws.
 */
export async function secure(lane: Lane, raw: Socket, wish: TlsWish, alpn: readonly string[], signal: AbortSignal): Promise<TLSSocket> {
  lane.during = 'tls';
  const socket = connect({
    socket: raw,
    // RFC 6066 §3: no literal addresses in SNI. The certificate is checked against the name either way.
    ...(isIP(wish.servername) === 0 && { servername: wish.servername }),
    host: wish.servername,
    rejectUnauthorized: false,
    ...(wish.ca !== null && { ca: wish.ca }),
    ...(alpn.length > 0 && { ALPNProtocols: [...alpn] }),
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once('secureConnect', resolve);
  socket.on('error', reject);
  socket.once('close', () => reject(new Fault('ended-early', 'tls', 'the far end closed during the TLS handshake')));
  await untilAbort(promise, signal);
  lane.mark('secured');
  const view = viewOf(socket);
  lane.tls = view;
  if (wish.verify && view.fault !== null) throw new Fault('certificate', 'tls', inWords(view, wish.servername, socket), view.fault);
  return socket;
}

function viewOf(socket: TLSSocket): TlsView {
  const certificate: Partial<PeerCertificate | DetailedPeerCertificate> = socket.getPeerCertificate();
  const validTo = Date.parse(certificate.valid_to ?? '');
  return {
    version: socket.getProtocol() ?? 'unknown',
    cipher: socket.getCipher()?.name ?? 'unknown',
    subject: oneOf(certificate.subject?.CN) ?? certificate.subjectaltname?.split(',', 1)[0] ?? null,
    issuer: oneOf(certificate.issuer?.CN) ?? oneOf(certificate.issuer?.O) ?? null,
    validTo: Number.isNaN(validTo) ? null : new Date(validTo).toISOString(),
    fault: socket.authorized ? null : faultOf(socket.authorizationError),
  };
}

/** Node documents an Error and gives a code in text. */
function faultOf(error: Error | string | undefined): string {
  if (error === undefined) return 'not authorized';
  return typeof error === 'string' ? error : error.message;
}

/** OpenSSL's verdict on a certificate in words; its own code where it is a rare one. */
function inWords({ fault, issuer, validTo }: TlsView, wanted: string, socket: TLSSocket): string {
  switch (fault) {
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `the certificate is for ${socket.getPeerCertificate().subjectaltname ?? 'nobody'}, not for ${wanted}`;
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return 'the certificate signed itself and is not among the trusted ones';
    case 'CERT_HAS_EXPIRED':
      return `the certificate, or one above it, has expired; its own end is ${validTo ?? 'not given'}`;
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
      return `the certificate’s issuer, ${issuer ?? 'unnamed'}, is not trusted, or a certificate between is missing`;
    default:
      return `the certificate is not to be trusted: ${fault ?? 'no reason given'}`;
  }
}

function oneOf(name: string | readonly string[] | undefined): string | undefined {
  return typeof name === 'object' ? name[0] : name;
}
