/**
 * What the server sends; the field names are the lab's own.
 *
 * @typedef {{start: number, end: number, text: string}} Token
 * @typedef {{title: string, text: string}} Remark
 * @typedef {object} Entry one explained line
 * @property {number} seq counts from 1 in its conversation
 * @property {number} time seconds since the connection opened
 * @property {"C"|"S"|"-"} side
 * @property {"command"|"reply"|"continuation"|"untagged"|"data"|"end"|"elided"|"event"} kind
 * @property {string} text
 * @property {string} id
 * @property {string} title
 * @property {string} short
 * @property {string} why
 * @property {string} next
 * @property {string} more
 * @property {string} rfc
 * @property {string} rfc_url
 * @property {Token[]} tokens
 * @property {string} before state before
 * @property {string} state state after
 * @property {{id: string, title: string}} phase
 * @property {"success"|"failure"|""} outcome
 * @property {number} unit seq of the line that opened this multi-line unit
 * @property {number} answers seq of the command that this line answers
 * @property {Remark|null} remark
 * @property {[number, number]|null} secret
 * @property {"CRLF"|"LF"|""} line_end
 * @property {""|"message"|"literal"|"chunk"|"line"} expects
 * @property {number} octets
 * @property {{octets: number, head: string, number: number}|null} sealed what crossed the wire in
 *   its place: how many octets, the first of them in hex, the number of the piece (0: not known)
 * @property {Record<string, string>|null} handshake what TLS begins with: version, cipher, bits; of
 *   the certificate, if it was shown, subject, names, issuer, until
 *
 * @typedef {{id: string, protocol: string, service: string, title: string, tls: string,
 *   port: number, peer: string, origin: "console"|"outside", account: string, guest: string,
 *   opened: string, closed: boolean, url: string}} Conversation
 * @typedef {{name: string, syntax: string, usage: string, when: Record<string, string>,
 *   short: string, rfc: string, secures: boolean, arguments: {name: string, text: string}[]}} Command
 * @typedef {{name: string, title: string, port: number, standard_port: number, tls: boolean,
 *   upgrades: boolean, kind: string}} Service
 * @typedef {{name: string, title: string, port: number, host: string, services: Service[],
 *   states: {name: string, title: string, short: string}[],
 *   transitions: [string, string, string][], commands: Command[]}} Protocol
 * @typedef {{id: string, protocol: string, service: string, title: string,
 *   lines: string[]}} Session
 */

export {};
