export { type AppDefinition, type AppInput, defineApp } from "#app";
export { PawlError } from "#kernel";
export { given, spansOf } from "#trace";
