// What a person does in Thunderbird's windows, by the functions that the windows call.
const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
const { setTimeout } = ChromeUtils.importESModule("resource://gre/modules/Timer.sys.mjs");

const PASSWORD_CLEARTEXT = 3; // nsMsgAuthMethod
const SECURITY = { plain: 0, starttls: 2, sealed: 3 }; // nsMsgSocketType
const PATIENCE = 300; // tenths of a second

async function until(found) {
  for (let n = 0; n < PATIENCE; n++) {
    const value = found();
    if (value) return value;
    await new Promise((go) => setTimeout(go, 100));
  }
  throw new Error(`waited in vain: ${found}`);
}

function listener(names, begin) {
  const QueryInterface = ChromeUtils.generateQI(["nsIUrlListener", "nsIMsgSendListener",
    "nsIMsgCopyServiceListener", "nsIStreamListener"]);
  const silent = Object.fromEntries(names.map((name) => [name, () => {}]));
  return new Promise((resolve, reject) => {
    const ended = (code, value) => (code === 0 ? resolve(value) : reject(new Error(code.toString(16))));
    begin((more) => ({ QueryInterface, ...silent, ...more(ended) }));
  });
}

const byUrl = (start) =>
  listener(["OnStartRunningUrl"], (made) =>
    start(made((ended) => ({ OnStopRunningUrl: (url, code) => ended(code) }))));

globalThis.desk = {
  setUp({ kind, address, password, host, port, way, submission, ca }) {
    const trust = Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB);
    trust.addCertFromBase64(ca, "CT,C,C");
    const incoming = MailServices.accounts.createIncomingServer(address, host, kind);
    Object.assign(incoming, { port, socketType: SECURITY[way], authMethod: PASSWORD_CLEARTEXT, password });
    const server = MailServices.outgoingServer.createServer("smtp");
    Object.assign(server, { socketType: SECURITY[way], authMethod: PASSWORD_CLEARTEXT, username: address });
    Object.assign(server.QueryInterface(Ci.nsISmtpServer), { hostname: host, port: submission });
    server.password = password;
    this.identity = MailServices.accounts.createIdentity();
    Object.assign(this.identity, { email: address, smtpServerKey: server.key, doFcc: false });
    this.account = MailServices.accounts.createAccount();
    this.account.addIdentity(this.identity);
    this.account.incomingServer = incoming;
    this.incoming = incoming;
    if (kind === "pop3") {
      incoming.QueryInterface(Ci.nsIPop3IncomingServer);
      Object.assign(incoming, { leaveMessagesOnServer: true, deleteMailLeftOnServer: true });
    }
  },

  send(subject, text) {
    const fields = Cc["@mozilla.org/messengercompose/composefields;1"].createInstance(Ci.nsIMsgCompFields);
    const { email } = this.identity;
    Object.assign(fields, { from: email, to: email, subject, body: text, forcePlainText: true });
    const send = Cc["@mozilla.org/messengercompose/send;1"].createInstance(Ci.nsIMsgSend);
    const quiet = ["onStartSending", "onSendProgress", "onProgress", "onStatus", "onGetDraftFolderURI",
      "onSendNotPerformed", "onTransportSecurityError"];
    return listener(quiet, (made) =>
      send.createAndSendMessage(null, this.identity, this.account.key, fields, false, false,
        Ci.nsIMsgSend.nsMsgDeliverNow, null, "text/plain", text, null, null,
        made((ended) => ({ onStopSending: (id, code) => ended(code) })), "", "", Ci.nsIMsgCompType.New));
  },

  async inbox() {
    const found = () => this.incoming.rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags.Inbox);
    if (!found()) this.incoming.performExpand(null);
    return until(found);
  },

  async subjects(count) {
    const inbox = await this.inbox();
    const get = this.incoming.type === "imap"
      ? (done) => this.incoming.getNewMessages(inbox, null, done)
      : (done) => MailServices.pop3.GetNewMail(null, done, inbox, this.incoming);
    await byUrl(get);
    await until(() => [...inbox.messages].length === count);
    return [...inbox.messages].map((message) => message.mime2DecodedSubject);
  },

  async message(subject) {
    return [...(await this.inbox()).messages].find((one) => one.mime2DecodedSubject === subject);
  },

  async read(subject) {
    const message = await this.message(subject);
    const uri = message.folder.getUriForMsg(message);
    let octets = "";
    return listener(["onStartRequest"], (made) => {
      const onDataAvailable = (request, stream, offset, count) => {
        const reader = Cc["@mozilla.org/scriptableinputstream;1"].createInstance(Ci.nsIScriptableInputStream);
        reader.init(stream);
        octets += reader.readBytes(count);
      };
      const consumer = made((ended) => ({
        onDataAvailable, onStopRequest: (request, code) => ended(code, octets),
      }));
      MailServices.messageServiceFromURI(uri).streamMessage(uri, consumer, null, null, false, "", false);
    });
  },

  async remove(subject) {
    const inbox = await this.inbox();
    const count = [...inbox.messages].length;
    inbox.deleteMessages([await this.message(subject)], null, true, false, null, false);
    await until(() => [...inbox.messages].length === count - 1);
    if (this.incoming.type === "pop3") await this.subjects(count - 1);
    else await byUrl((done) => inbox.compact(done, null));
  },
};
