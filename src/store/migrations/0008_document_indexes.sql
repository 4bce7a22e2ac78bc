-- Chunks now belong to an index; those of before are derived data and are made anew from the documents.
DELETE FROM chunks;
--> statement-breakpoint
CREATE TABLE "document_indexes" (
	"document_id" text NOT NULL,
	"index" text NOT NULL,
	"sha256" text NOT NULL,
	"chunks" integer NOT NULL,
	CONSTRAINT "document_indexes_document_id_index_pk" PRIMARY KEY("document_id","index")
);
--> statement-breakpoint
ALTER TABLE "document_indexes" ADD CONSTRAINT "document_indexes_document_id_documents_id_fk" FOREIGN KEY ("document_id") REFERENCES "public"."documents"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "document_indexes_index" ON "document_indexes" USING btree ("index");--> statement-breakpoint
ALTER TABLE "documents" DROP COLUMN "settings_hash";