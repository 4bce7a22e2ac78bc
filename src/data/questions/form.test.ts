import { expect, test } from "vitest";
import { faultIn, thingsIn } from "./form.ts";

const statement = "Lockers are emptied by the post room after six weeks.";
const fault = (
  question: string,
  answer = "six weeks",
  more: { statement?: string; isRow?: boolean; named?: string[] } = {},
) => {
  const about = { statement, isRow: false, named: null, ...more };
  return faultIn(question, { ...about, answer, at: Math.max(0, about.statement.indexOf(answer)) });
};

test("a question about its sentence is good", () => {
  expect(fault("After how long are lockers emptied?")).toBe(null);
  expect(fault("Who empties the lockers?", "the post room")).toBe(null);
});

test.each([
  ["Lockers are emptied after a while.", "no question"],
  ["Who? When are lockers emptied?", "no question"],
  ["When are lockers?", "too short or too long"],
  ["According to the passage, when are lockers emptied?", "asks about the page"],
  ["How are lockers emptied lockers emptied lockers emptied?", "repeats itself"],
  ["What is the first thing people need?", "names nothing"],
  ["When were her lockers emptied?", "does not say of whom"],
  ["When are the bicycles in Rotterdam washed?", "names what its sentence does not"],
  ["When are the lockers of Rotterdam emptied by the post room?", "names what its sentence does not"],
  ["Are lockers emptied after six weeks?", "gives its answer away"],
])("%s: %s", (question, why) => {
  expect(fault(question)).toBe(why);
});

test("a question does not leave out a not", () => {
  const not = { statement: "Flexible hours do not apply to shift workers, but begin after eight weeks." };
  expect(fault("To whom do flexible hours apply?", "shift workers", not)).toBe("leaves out a not");
  expect(fault("To whom do flexible hours not apply?", "shift workers", not)).toBe(null);
});

test("a table's row is asked for by its name and its column", () => {
  const row = { statement: "Kind of work: Finance; Days on site each week: 2; Team day: Tuesday", isRow: true };
  expect(fault("On which day is the team day of Finance?", "Tuesday", row)).toBe(null);
  expect(fault("How many days does Finance work on site each week?", "2", row)).toBe(null);
  expect(fault("Which team works on site each week?", "Tuesday", row)).toBe("names no row and column");
});

test("in a document about a named thing a question names something", () => {
  const song = { statement: "The song was released in Norway in 1991.", named: [] as string[] };
  expect(fault("When was the song released?", "1991", song)).toBe("does not say of what");
  expect(fault("When was the song released in Norway?", "1991", song)).toBe(null);
  expect(fault("When was the song ever released?", "1991", song)).toBe("does not say of what");
  expect(
    fault("When was the song released in May?", "1991", { ...song, statement: "The song was released in May 1991." }),
  ).toBe("does not say of what");
  expect(fault("When was the song released?", "1991", { statement: song.statement })).toBe(null);
  const tower = { statement: "The tower was built in 1991.", named: [] as string[] };
  expect(fault("When was the tower built?", "1991", tower)).toBe("does not say of what");
  const ray = { statement: "The ray was first seen in 1991.", named: ["plain", "ray"] };
  expect(fault("When was the ray first seen?", "1991", ray)).toBe(null);
  expect(fault("When was it seen first?", "1991", { ...ray, named: ["mask"] })).toBe("does not say of what");
});

test("things that are named by one word alone may be any document's, unless the question has a name", () => {
  expect(thingsIn("When is the form renewed?")).toEqual(["form"]);
  expect(thingsIn("What is the rate for every vehicle?")).toEqual(["rate"]);
  expect(thingsIn("When is the yearly form of the union renewed in Leeds?")).toEqual([]);
  expect(thingsIn("When is the gift register checked?")).toEqual([]);
});
