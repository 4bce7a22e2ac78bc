import { expect, test } from "vitest";
import { isOfKind } from "./kind.ts";

const of = (question: string, statement: string, answer: string) => {
  const at = statement.indexOf(answer);
  return isOfKind(question, { before: statement.slice(0, at), answer, after: statement.slice(at + answer.length) });
};

test.each([
  ["How long does the test last?", "A test lasts 90 minutes at most.", "90 minutes"],
  ["How long does it take to get an answer?", "You receive an answer within four hours.", "four hours"],
  ["How many dogs are allowed?", "No more than two dogs are admitted per floor.", "two dogs"],
  ["How much does a key cost?", "A replacement key costs £28.", "£28"],
  ["When is the alarm tested?", "The alarm is tested on Tuesdays at 10:00.", "10:00"],
  ["How long before payday is it there?", "It is there three days before payday.", "three days"],
  ["Who decides?", "The Managing Director decides alone.", "Managing Director"],
  ["How many weeks ahead can rooms be reserved?", "Rooms are reserved up to eight weeks ahead.", "eight weeks"],
  ["By when must guests be registered?", "Guests are registered by 16:00.", "16:00"],
  ["What is the best example?", "The new theatre is the best example.", "The new theatre"],
  ["How many guests must come along?", "At least one guest must come along.", "one guest"],
  ["What percentage is paid?", "It replaces 50% of basic salary.", "50%"],
  ["Who checks tax?", "Then the People Team checks tax.", "People Team"],
  ["Who opened the gate?", "The gate was opened by the warden.", "the warden"],
  ["Who do leavers talk to?", "Leavers talk to the director.", "the director"],
  ["What app can I read mail through?", "Read mail through the Lockbox app.", "Lockbox"],
])("%s agrees with its answer", (question, statement, answer) => {
  expect(of(question, statement, answer)).toBe(true);
});

test.each([
  ["How long does it take to request an account?", "Accounts are requested at least ten days before.", "ten days"],
  ["How long does a request go to the head?", "It goes there when it is longer than four weeks.", "four weeks"],
  ["How much does it cost to get glasses?", "Glasses are paid for up to £110.", "£110"],
  ["When is the leave year?", "The leave year runs from 1 April to 31 March.", "1 April"],
  ["When is a bonus forfeited?", "A bonus is forfeited if you leave before its payment date.", "its payment date"],
  ["What is the new salary?", "The new salary is at least 6% higher.", "6%"],
  ["Which law prevails?", "Dutch or Polish law prevails where it is more generous.", "Polish"],
  ["How long is the payslip in Perch?", "Your payslip is in Perch three days before payday.", "three days"],
  ["How many weeks do people have a day?", "A day is chosen between six and eight weeks later.", "eight weeks"],
  ["How long is the theft reported?", "A theft is reported within 48 hours.", "48 hours"],
  ["How many parties take the booths?", "Parties of three or fewer take the booths.", "three"],
  ["Where can I get the certificate?", "Employees in Poland get the certificate.", "Poland"],
  ["Where are films allowed?", "Films are allowed at home or in a hotel.", "a hotel"],
  ["What is the module for?", 'Staff complete the module "Careful with names".', "Careful with names"],
  ["How many people need consent?", "Team days for up to 12 people need consent.", "12 people"],
  ["How many weeks do people have to work?", "People who have to work choose a day within eight weeks.", "eight weeks"],
  ["When was competition started?", "Competition was active by 2009.", "2009"],
  ["What is the ring extension?", "In an emergency ring extension 4999.", "4999"],
  ["How many days must be taken?", "No more than five days may be taken.", "five days"],
  ["What day is the working day?", "Every working day is Monday to Friday.", "Monday"],
  ["Who confirms it to the owner?", "The owner confirms it to the officer.", "the officer"],
  ["What app requires permission?", "Countries in the Wayfare app require permission.", "Wayfare"],
  ["What app can I read mail on my telephone?", "Read mail on your telephone through the Lockbox app.", "Lockbox"],
  ["How many devices can I read mail?", "Read mail on no more than two devices.", "two devices"],
  ["When is the desk staffed?", "The desk is staffed Monday to Friday.", "Friday"],
  ["How many first aiders are there?", "Every shift has at least three first aiders.", "three first aiders"],
  ["How many times is it done?", "It is done by the porter.", "the porter"],
])("%s does not", (question, statement, answer) => {
  expect(of(question, statement, answer)).toBe(false);
});
