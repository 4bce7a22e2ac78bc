export { createModels, type ModelsOptions, type ModelsWithList } from "./models.ts";
