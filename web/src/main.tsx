import { Tooltip } from "@base-ui/react/tooltip";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { api } from "./api.ts";
import { ConversationsContext, createConversations } from "./places/try/conversation.ts";
import { queryClient } from "./queries.ts";
import { router } from "./router.tsx";
import "./styles.css";

const root = document.getElementById("root");
if (!root) throw new Error("The page has no #root.");

const conversations = createConversations(api);

createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <ConversationsContext value={conversations}>
        <Tooltip.Provider>
          <RouterProvider router={router} />
        </Tooltip.Provider>
      </ConversationsContext>
    </QueryClientProvider>
  </StrictMode>,
);
