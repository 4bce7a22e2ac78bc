import { expect, test } from "vitest";
import { isUngrammatical } from "./grammar.ts";

test.each([
  "When did the track garnered a mixed reception?",
  "How long has I been trying to reach someone?",
  "What is the weekly hours for Leeds?",
  "What tool makes it easy to generate a high-quality prompts tailored to a task?",
  "How much does it cost to get a prescription safety glasses?",
  "Who does Leavers of grade D and E talk to?",
  "How long is the payslips in Perch?",
  "Where do she go on Friday?",
  "How many years does the superseded versions stay readable?",
  "How many characters has an Larkfield account?",
  "How many are hosted each summer?",
  "Where is the register in?",
  "How many weeks for anything over ten days?",
  "How many sessions per issue?",
  "How many days before the ticket closes?",
  "How many months’ fees for direct damages?",
  "How many hours are paid up to?",
  "How many sessions of 90 minutes are there?",
  "When was there a self-titled album?",
  "How much fares are refunded?",
  "When was UNICEF estimated that 30% were poor?",
  "When was the Gambia also have an under-19 team?",
  "How many feedback do I get before the review?",
  "When does unused money lapses occur?",
  "What grounds is never considered?",
  "What does projects allow?",
  "In which country is pharmacists regulated?",
])("is wrong: %s", (question) => {
  expect(isUngrammatical(question)).toBe(true);
});

test.each([
  "When was the Tower Building renovated?",
  "What is the address of the office in Leeds?",
  "What is the status of a ticket?",
  "How many days do you need to book ahead?",
  "When do the employees have to be informed?",
  "How many weeks does a business trip exceed?",
  "What is the fee for all classes?",
  "Who is the head of the crisis team?",
  "How long does the speed limit apply?",
  "How many people work on the third floor?",
  "How many days before the move are boxes handed out?",
  "How much business travel is paid?",
  "How many days a year do members of the armed forces receive?",
  "How much does the Rotterdam staff receive for each day worked?",
  "How many hours does an hour's break cost a unit?",
  "Who is asked by an employee of a European office?",
  "How many people on the night shift are there for?",
  "How many days of leave do I have?",
  "What is always locked?",
  "What access has a guest?",
])("is right: %s", (question) => {
  expect(isUngrammatical(question)).toBe(false);
});
