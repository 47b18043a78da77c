/**
 * The signed attribute that carries a stamp's serial number: PrintableString of 22 characters.
 * 2.25 takes any UUID as its arc (X.667); this one is c7a54341-a31a-403b-84f3-3b0f865d63c9.
 */
export const serialNumberAttributeOid = '2.25.265374464264608305357247581273353708489'
/** Certificate policy: signs duty stamps and nothing else. UUID b35ffcd2-4ff5-4ac1-aea3-43b3d677782c. */
export const stampPolicyOid = '2.25.238430207276940853720566749673240885292'
/** Certificate policy: signs trust bundles and nothing else. UUID 642f9b04-93fc-4ed2-8ae9-a53af4ce04f6. */
export const bundlePolicyOid = '2.25.133169981667043258233586945838975681782'
/** Policy of our own timestamp authority. UUID 160349a7-334f-42bf-866c-834fdf26e5f4. */
export const timestampPolicyOid = '2.25.29260086660727515990695076048849528308'

/** Object identifiers by their use here; sources: RFC 5280, 5652, 5035, 3161, 6960, 8017, 5758. */
export const oids = {
  data: '1.2.840.113549.1.7.1',
  signedData: '1.2.840.113549.1.7.2',
  tstInfo: '1.2.840.113549.1.9.16.1.4',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  signingCertificate: '1.2.840.113549.1.9.16.2.12',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
  signatureTimestamp: '1.2.840.113549.1.9.16.2.14',

  sha1: '1.3.14.3.2.26',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
  rsaEncryption: '1.2.840.113549.1.1.1',
  rsaPss: '1.2.840.113549.1.1.10',
  mgf1: '1.2.840.113549.1.1.8',
  sha1WithRsa: '1.2.840.113549.1.1.5',
  sha256WithRsa: '1.2.840.113549.1.1.11',
  sha384WithRsa: '1.2.840.113549.1.1.12',
  sha512WithRsa: '1.2.840.113549.1.1.13',
  ecPublicKey: '1.2.840.10045.2.1',
  ecdsaWithSha1: '1.2.840.10045.4.1',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  ecdsaWithSha384: '1.2.840.10045.4.3.3',
  ecdsaWithSha512: '1.2.840.10045.4.3.4',

  countryName: '2.5.4.6',
  organizationName: '2.5.4.10',
  commonName: '2.5.4.3',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  basicConstraints: '2.5.29.19',
  crlNumber: '2.5.29.20',
  certificatePolicies: '2.5.29.32',
  anyPolicy: '2.5.29.32.0',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  ocspSigning: '1.3.6.1.5.5.7.3.9',
  ocspBasic: '1.3.6.1.5.5.7.48.1.1',
  ocspNoCheck: '1.3.6.1.5.5.7.48.1.5',
} as const
