import js from "@eslint/js";
import globals from "globals";

const MODULE_STATE = "Keep state in an object that its owner makes, not in a module.";

export default [
  js.configs.recommended,
  {
    files: ["app/web/static/js/**/*.js"],
    languageOptions: { ecmaVersion: 2022, sourceType: "module", globals: globals.browser },
    rules: {
      eqeqeq: "error",
      "no-var": "error",
      "prefer-const": "error",
      "no-implied-eval": "error",
      "no-warning-comments": ["error", { terms: ["@ts-ignore", "@ts-nocheck", "@ts-expect-error"], location: "anywhere" }],
      "no-restricted-syntax": ["error",
        { selector: "Program > VariableDeclaration[kind=let]", message: MODULE_STATE },
        { selector: "Program > ExportNamedDeclaration > VariableDeclaration[kind=let]", message: MODULE_STATE },
      ],
      "max-lines": ["error", 300],
    },
  },
  { files: ["app/web/static/worker/**/*.js"], languageOptions: { ecmaVersion: 2022, globals: globals.serviceworker } },
  // The tables of sentences grow with the pages, that of types with the API.
  { files: ["app/web/static/js/**/en.js", "app/web/static/js/**/zh.js", "app/web/static/js/types.js"], rules: { "max-lines": "off" } },
];
