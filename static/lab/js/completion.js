/** What may follow what is typed. No DOM here. */

/**
 * @param {string} text the input without an IMAP tag
 * @param {import("./types.js").Command[]} commands the protocol's commands
 * @param {string} state
 * @returns {{completion: string, syntax: string, command: import("./types.js").Command|null,
 *   argument: number, fits: Set<string>}}
 */
export function suggest(text, commands, state) {
  const legal = commands.filter((row) => state in row.when && row.name !== ".");
  const typed = text.toUpperCase();
  const starts = legal.filter((row) => row.name.startsWith(typed));
  const command = longest(commands, typed);
  const exact =
    command &&
    (typed.startsWith(`${command.name} `) ||
      !starts.some((row) => row !== command && row.name.length > command.name.length));
  if (command && exact) return withArguments(text, command, starts);
  const first = typed ? (command ?? starts[0]) : null;
  return {
    completion: first ? first.name.slice(text.length) + (first.syntax ? " " : "") : "",
    syntax: first?.syntax ?? "",
    command: first ?? null,
    argument: -1,
    fits: new Set(typed ? starts.map((row) => row.name) : []),
  };
}

/** The longest command name that the text begins with; IMAP has `UID FETCH`. */
function longest(commands, typed) {
  return commands
    .filter((row) => typed === row.name || typed.startsWith(`${row.name} `))
    .reduce((best, row) => (!best || row.name.length > best.name.length ? row : best), null);
}

function withArguments(text, command, starts) {
  const rest = text.slice(command.name.length);
  const words = rest.trim() ? rest.trim().split(/\s+/) : [];
  const wanted = command.syntax ? command.syntax.split(" ") : [];
  const argument = !rest ? -1 : /\s$/.test(rest) ? words.length : words.length - 1;
  const begun =
    words.length && !/\s$/.test(rest)
      ? remainder(words.at(-1), wanted[words.length - 1] ?? "")
      : "";
  const later = wanted.slice(words.length).join(" ");
  const gap = /\s$/.test(rest) || !later ? "" : " ";
  return {
    completion: "",
    syntax: begun + gap + later,
    command,
    argument: Math.min(argument, wanted.length - 1),
    fits: new Set(starts.length ? [command.name] : []),
  };
}

/** What is left of a syntax word such as FROM:<reverse-path> after its literal beginning. */
function remainder(word, wanted) {
  return wanted.toUpperCase().startsWith(word.toUpperCase()) ? wanted.slice(word.length) : "";
}

/** a1 -> a2, A007 -> A008; "" if the text begins with no such tag. @param {string} tag */
export function nextTag(tag) {
  const match = /^([^\d\s]*)(\d+)$/.exec(tag);
  return match ? match[1] + String(Number(match[2]) + 1).padStart(match[2].length, "0") : "";
}
