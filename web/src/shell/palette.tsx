import { Dialog } from "@base-ui/react/dialog";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Command } from "cmdk";
import {
  Dumbbell,
  FileQuestionMark,
  FileText,
  FlaskConical,
  Inbox,
  Keyboard,
  ListTree,
  Monitor,
  Moon,
  Plus,
  RefreshCcw,
  Rows3,
  Scale,
  Search,
  Sun,
  Wrench,
} from "lucide-react";
import { type ReactNode, useState } from "react";
import { api } from "../api.ts";
import { when } from "../format.ts";
import { useSettled } from "../parts/browser.ts";
import { places } from "./places.ts";
import { setTheme } from "./theme.ts";

/** ⌘K: places and commands by name, documents and turns by their words. */
export function Palette({ onClose, onKeys }: { onClose: () => void; onKeys: () => void }) {
  const [text, setText] = useState("");
  const words = useSettled(text.trim(), 150);
  const navigate = useNavigate();
  const found = useQuery({
    queryKey: ["palette", words],
    queryFn: async ({ signal }) => {
      const [documents, turns] = await Promise.all([
        api.documents({ query: { q: words, limit: 5 }, signal }),
        api.turns({ query: { q: words, limit: 5 }, signal }),
      ]);
      return { documents: documents.documents, turns: turns.turns };
    },
    enabled: words !== "",
    placeholderData: (before) => before,
  });
  const run = (action: () => unknown) => () => {
    onClose();
    action();
  };
  const matches = (name: string) => name.toLowerCase().includes(text.trim().toLowerCase());
  const commands: { name: string; icon: ReactNode; action: () => unknown }[] = [
    { name: "New conversation", icon: <Plus size={15} />, action: () => navigate({ to: "/try", search: {} }) },
    {
      name: "Search in the documents",
      icon: <Search size={15} />,
      action: () => navigate({ to: "/knowledge", search: { view: "search", ...(words ? { q: words } : {}) } }),
    },
    {
      name: "Gaps in the documents",
      icon: <FileQuestionMark size={15} />,
      action: () => navigate({ to: "/knowledge", search: { view: "gaps" } }),
    },
    {
      name: "Check and ship the candidate",
      icon: <Scale size={15} />,
      action: () => navigate({ to: "/evaluate", search: {} }),
    },
    {
      name: "Experiments",
      icon: <FlaskConical size={15} />,
      action: () => navigate({ to: "/evaluate", search: { view: "experiments" } }),
    },
    {
      name: "Datasets",
      icon: <Rows3 size={15} />,
      action: () => navigate({ to: "/evaluate", search: { view: "datasets" } }),
    },
    {
      name: "Causes of failures",
      icon: <Wrench size={15} />,
      action: () => navigate({ to: "/improve", search: {} }),
    },
    {
      name: "Feedback of people",
      icon: <Inbox size={15} />,
      action: () => navigate({ to: "/improve", search: { view: "feedback" } }),
    },
    {
      name: "Training runs",
      icon: <Dumbbell size={15} />,
      action: () => navigate({ to: "/improve", search: { view: "tuning" } }),
    },
    {
      name: "Run the loop",
      icon: <RefreshCcw size={15} />,
      action: () => navigate({ to: "/improve", search: { view: "loops" } }),
    },
    { name: "Theme: light", icon: <Sun size={15} />, action: () => setTheme("light") },
    { name: "Theme: dark", icon: <Moon size={15} />, action: () => setTheme("dark") },
    { name: "Theme: as the system", icon: <Monitor size={15} />, action: () => setTheme("system") },
    { name: "Show all keys", icon: <Keyboard size={15} />, action: onKeys },
  ];
  const hits = words === "" ? undefined : found.data;
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fade-in fixed inset-0 z-50 bg-scrim" />
        <Dialog.Popup
          aria-label="Find"
          className="fade-in fixed top-[12vh] left-1/2 z-50 w-[min(36rem,calc(100vw-2rem))] -translate-x-1/2 overflow-hidden rounded-lg border border-line-strong bg-raised shadow-xl outline-none"
        >
          <Command shouldFilter={false} label="Find">
            <div className="flex items-center gap-3 border-line border-b px-4">
              <Search size={16} className="text-ink-3" aria-hidden />
              <Command.Input
                autoFocus
                value={text}
                onValueChange={setText}
                placeholder="A place, a document, a turn, a command"
                className="h-12 flex-1 bg-transparent text-14 outline-none placeholder:text-ink-3"
              />
            </div>
            {/* One height for every number of hits, so that the box does not jump while typing. */}
            <Command.List className="h-[min(22rem,60vh)] overflow-y-auto p-2">
              <Command.Empty className="p-4 text-13 text-ink-3">
                {found.isFetching ? "Searching" : "Nothing is called so."}
              </Command.Empty>
              <Group name="Places">
                {places
                  .filter((place) => matches(place.name))
                  .map((place) => (
                    <Item
                      key={place.to}
                      value={place.to}
                      icon={<place.icon size={15} />}
                      onSelect={run(() => navigate({ to: place.to, search: {} }))}
                      aside={place.what}
                    >
                      {place.name}
                    </Item>
                  ))}
              </Group>
              <Group name="Documents">
                {hits?.documents.map((document) => (
                  <Item
                    key={document.id}
                    value={document.id}
                    icon={<FileText size={15} />}
                    aside={document.path}
                    onSelect={run(() => navigate({ to: "/knowledge", search: { doc: document.id } }))}
                  >
                    {document.title}
                  </Item>
                ))}
              </Group>
              <Group name="Turns">
                {hits?.turns.map((turn) => (
                  <Item
                    key={turn.id}
                    value={turn.id}
                    icon={<ListTree size={15} />}
                    aside={when(turn.startMs)}
                    onSelect={run(() => navigate({ to: "/turns", search: { q: words, turn: turn.id } }))}
                  >
                    {turn.question}
                  </Item>
                ))}
              </Group>
              <Group name="Commands">
                {commands
                  .filter((command) => matches(command.name))
                  .map((command) => (
                    <Item key={command.name} value={command.name} icon={command.icon} onSelect={run(command.action)}>
                      {command.name}
                    </Item>
                  ))}
              </Group>
            </Command.List>
          </Command>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Group({ name, children }: { name: string; children: ReactNode[] | undefined }) {
  if (!children?.length) return null;
  return (
    <Command.Group
      heading={name}
      className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-12 [&_[cmdk-group-heading]]:text-ink-3"
    >
      {children}
    </Command.Group>
  );
}

type ItemProps = { value: string; icon: ReactNode; aside?: string; onSelect: () => void; children: ReactNode };

function Item({ value, icon, aside, onSelect, children }: ItemProps) {
  return (
    <Command.Item
      value={value}
      onSelect={onSelect}
      className="flex h-9 cursor-pointer items-center gap-3 rounded px-2 text-13 data-[selected=true]:bg-hover"
    >
      <span className="shrink-0 text-ink-3" aria-hidden>
        {icon}
      </span>
      <span className="min-w-0 flex-1 truncate">{children}</span>
      {aside && <span className="max-w-[45%] truncate text-12 text-ink-3">{aside}</span>}
    </Command.Item>
  );
}
