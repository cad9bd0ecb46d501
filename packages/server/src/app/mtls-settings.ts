/** Where clients show certificates, RFC 8705. @module */

import type { CertificateField } from '#http'
import { Type, type TSchema, type TUnsafe } from 'typebox'
import { closed, file, type ListenerSettings } from './settings-parts.ts'

export interface MtlsSettings {
  readonly origin: string
  readonly listen: ListenerSettings
  readonly certificateField?: CertificateField
  readonly authoritiesFile?: string
}

export const mtlsSettings = (listener: TSchema): TUnsafe<MtlsSettings> =>
  Type.Unsafe<MtlsSettings>(
    Type.Object(
      {
        origin: Type.String({
          maxLength: 512,
          description:
            'How clients with certificates reach this listener, https, and another name or port than the issuer: browsers are not asked for one there.',
        }),
        listen: listener,
        certificateField: Type.Optional(
          Type.Object(
            {
              name: Type.String({
                pattern: '^[a-z][a-z0-9-]{0,63}$',
                description:
                  'The header field in which the proxy of `listen.tlsEndedBy` hands on the certificate, in lower case. The proxy has to take away what callers send under this name.',
              }),
              format: Type.Union([Type.Literal('rfc9440'), Type.Literal('escaped_pem')], {
                description:
                  '`rfc9440`: `:base64:`, as in Client-Cert. `escaped_pem`: percent-encoded PEM, as nginx’s $ssl_client_escaped_cert.',
              }),
            },
            closed,
          ),
        ),
        authoritiesFile: Type.Optional(
          file(
            'PEM of the authorities whose certificates name clients (tls_client_auth). Each that issues them has to be in it, intermediates too.',
          ),
        ),
      },
      { ...closed, description: 'A listener of its own that asks clients for certificates (RFC 8705).' },
    ),
  )
