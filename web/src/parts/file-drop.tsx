import { type DragEvent, type ReactNode, useRef, useState } from "react";

export type FileDrop = {
  over: boolean;
  /** The browser's own dialog for choosing files. */
  choose: () => void;
  /** To be put anywhere: it is not seen. */
  input: ReactNode;
  dropTarget: {
    onDragOver: (event: DragEvent) => void;
    onDragLeave: (event: DragEvent) => void;
    onDrop: (event: DragEvent) => void;
  };
};

/** Files that are chosen, or dropped on what spreads `dropTarget`. */
export function useFileDrop(onFiles: (files: readonly File[]) => void): FileDrop {
  const [over, setOver] = useState(false);
  const chooser = useRef<HTMLInputElement>(null);
  return {
    over,
    choose: () => chooser.current?.click(),
    input: (
      <input
        ref={chooser}
        type="file"
        multiple
        hidden
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
      />
    ),
    dropTarget: {
      onDragOver: (event) => {
        if (!event.dataTransfer.types.includes("Files")) return;
        event.preventDefault();
        setOver(true);
      },
      onDragLeave: (event) => {
        if (event.currentTarget === event.target) setOver(false);
      },
      onDrop: (event) => {
        event.preventDefault();
        setOver(false);
        onFiles([...event.dataTransfer.files]);
      },
    },
  };
}

/** Says, while files are held over the place, what letting go does. */
export function DropHint({ drop, children }: { drop: FileDrop; children: ReactNode }) {
  if (!drop.over) return null;
  return (
    <div className="pointer-events-none absolute inset-2 z-30 flex items-center justify-center rounded-lg border-2 border-accent border-dashed bg-accent-soft/90 font-medium text-16">
      {children}
    </div>
  );
}
