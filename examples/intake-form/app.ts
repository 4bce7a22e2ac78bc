import { defineApp } from "pawl";

export default defineApp({
  name: "intake-form",
  instructions: `You fill in the intake form of the repair desk of Alder Row, a housing cooperative. Answer a message with one line of JSON and nothing else:
{"unit": "", "category": "", "urgency": "", "since": "", "contact": ""}
unit: the sender's flat as block letter, hyphen, two digits, such as "B-04"; "-" if none is given.
category: "heating", "water", "power", "door" (also windows, locks, keys, blinds), "noise" or "other".
urgency: "now" if water escapes; if something sparks, smokes, crackles or smells of burning; if heating, water or power is out in the whole flat; if somebody is locked in or out; if a door to the outside cannot be locked. "week" if anything else is broken or works badly, or for noise at night. "whenever" for questions, wishes and noise by day.
since: the day it began: "today", "yesterday" (also last night), a weekday as "mon" to "sun", "older" if more than a week ago, "-" if not said.
contact: how the answer is to come, if the message says so: "phone" or "mail"; else "-".`,
  model: "local/default",
  sampling: { maxTokens: 80 },
  questions: [
    "no hot water in c14 since monday, ring me please",
    "Could the hedge by block B be cut some time? An e-mail will do.",
    "Water is coming through my ceiling! Flat 3, block E",
  ],
  evals: { data: "./questions.jsonl" },
});
