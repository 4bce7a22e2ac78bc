import { BookOpen, ListTree, MessageSquare, Scale, Wrench } from "lucide-react";

/** The places of the console, in the order of the rail. `key` follows `g`. */
export const places = [
  { to: "/try", name: "Try", icon: MessageSquare, key: "t", what: "Ask and see why it answers so" },
  { to: "/turns", name: "Turns", icon: ListTree, key: "u", what: "Everything that was asked" },
  { to: "/knowledge", name: "Knowledge", icon: BookOpen, key: "k", what: "Documents, and what a question would find" },
  { to: "/evaluate", name: "Evaluate", icon: Scale, key: "v", what: "Is it better, where, and how sure are we?" },
  { to: "/improve", name: "Improve", icon: Wrench, key: "i", what: "What fails, why, and what would help" },
] as const;
