export { createModels, type Gateway, type ModelsOptions } from "./models.ts";
