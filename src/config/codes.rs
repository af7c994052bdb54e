//! Every problem the language can report: its stable code, its title and its explanation.
//!
//! A title is the same words every time; names and values stand in labels and help. `estate explain`
//! shows the explanation. A problem is added here first and used by its constant.

use model::{Code, Diagnostic};

/// One sort of problem.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Problem {
    code: Code,
    title: &'static str,
}

impl Problem {
    /// Makes an error of this sort.
    pub(crate) fn error(&self) -> Diagnostic {
        Diagnostic::error(self.code.name, self.title)
    }

    /// Makes a warning of this sort.
    pub(crate) fn warning(&self) -> Diagnostic {
        Diagnostic::warning(self.code.name, self.title)
    }
}

/// What to do where plain text is needed and a reference was given.
pub(crate) const PLAIN_NAME: &str = "Use the plain name by adding `.name` to the reference, or keep \
                                     the reference in a template of its own.";

macro_rules! problems {
    ($($name:ident $code:literal $title:literal $explanation:literal)*) => {
        $(pub(crate) const $name: Problem = Problem {
            code: Code { name: concat!("config::", $code), explanation: $explanation },
            title: $title,
        };)*

        /// Every code this crate reports, with what it means.
        pub const CODES: &[Code] = &[$($name.code),*];
    };
}

problems! {
    UNREADABLE_FILE "unreadable_file" "a file cannot be read"
        "A file of the project, a variable file, a module folder or a file named by a function does \
         not exist, is not a regular file, is not UTF-8 text, or may not be read. Paths are relative \
         to the project folder, in modules too."
    NO_FILES "no_files" "the folder has no configuration"
        "A project and a module are folders with at least one `*.hcl` file directly in them. \
         Subfolders are not read, and `*.auto.vars.hcl` files hold only values of variables."
    SYNTAX "syntax" "the text is not valid HCL"
        "The text does not follow the grammar of HCL. After such an error reading goes on with the \
         next top-level block, so that everything else is checked as well."
    NESTING "nesting" "nesting is too deep"
        "Expressions, values or chains of references are nested deeper than is reasonable. Nothing a \
         person writes comes near the limit; generated files can be flattened with locals."
    TOO_LARGE "too_large" "a value is too large"
        "A text or collection grew beyond what a configuration can need. This is usually a product \
         or a repetition with one factor too many."
    DUPLICATE "duplicate" "something is declared twice"
        "All files of a folder form one namespace: a variable, a local value, an output, a module, a \
         provider alias, an environment and every `kind.label` may be declared once, an attribute \
         may be set once in a block, and there may be one `estate` block."
    UNKNOWN_ATTRIBUTE "unknown_attribute" "unknown attribute"
        "The block is part of the language itself and has no attribute of this name."
    UNKNOWN_BLOCK "unknown_block" "unknown block"
        "The block is part of the language itself and has no block of this name inside."
    MISSING_ATTRIBUTE "missing_attribute" "a required attribute is missing"
        "The block is part of the language itself and cannot do without this attribute."
    BAD_LABELS "bad_labels" "wrong number of labels"
        "A declaration has exactly one label, its name: `table \"videos\" { ... }`. Of the blocks of \
         the language, `environment`, `provider`, `policy`, `drift_ignore`, `accept`, `variable`, `output` and `module` have one \
         label too, `notify` has two, and `estate`, `locals`, `moved`, `removed` and `import` have none."
    BAD_NAME "bad_name" "not a valid name"
        "Names of variables, local values, outputs, modules and aliases begin with a letter or an \
         underscore and go on with letters, digits, underscores and dashes. Some names are reserved \
         because they already mean something in expressions or module blocks."
    TOP_LEVEL_ATTRIBUTE "top_level_attribute" "an attribute stands outside of any block"
        "At the top level of a file there are only blocks. Values that are used in several places go \
         into a `locals` block."
    MODULE_ONLY_ROOT "module_only_root" "the block belongs into the root folder"
        "`estate`, `environment`, `provider`, `policy`, `drift_ignore`, `accept`, `notify`, `moved`, `removed` and `import` blocks \
         describe the whole project and stand in its own folder, not in a module."
    UNKNOWN_VARIABLE "unknown_variable" "unknown variable"
        "There is no `variable` block of this name in the folder."
    UNKNOWN_LOCAL "unknown_local" "unknown local value"
        "No `locals` block of the folder has an attribute of this name."
    UNKNOWN_REFERENCE "unknown_reference" "unknown reference"
        "The expression names something that is not declared in this folder. References are \
         `kind.label`; other names begin with `var.`, `local.`, `module.`, `each.`, `count.`, \
         `environment.`, `path.` or are `self`."
    UNKNOWN_FUNCTION "unknown_function" "unknown function"
        "There is no function of this name. Functions have Terraform's names and meanings; those \
         that read the clock or random numbers do not exist here."
    UNKNOWN_OUTPUT "unknown_output" "unknown output"
        "The module has no `output` block of this name."
    UNKNOWN_INSTANCE "unknown_instance" "no such instance"
        "The block has `for_each` or `count`, and none of its instances has this key."
    UNKNOWN_ENVIRONMENT "unknown_environment" "unknown environment"
        "The environment chosen by `--env` or `ESTATE_ENV` has no `environment` block."
    NO_ENVIRONMENT "no_environment" "no environment is chosen"
        "The project declares environments and depends on which one is meant. Choose one with \
         `--env NAME` or `ESTATE_ENV`."
    OUT_OF_PLACE "out_of_place" "the name means nothing here"
        "`each` exists only in blocks with `for_each`, `count` only in blocks with `count`, `self` \
         only in the contents of a declaration, and constant places such as variable files and \
         environment blocks know no names at all."
    NOT_A_NAME "not_a_name" "a plain name is expected"
        "The place takes a name or a reference as it is written, such as `postgres.eu` or \
         `table.videos`, not a computed value."
    CYCLE "cycle" "values depend on one another in a circle"
        "Each value on the way needs the next one, and the last one needs the first. One of the \
         links must go."
    TYPE_MISMATCH "type_mismatch" "wrong type of value"
        "The place takes another type of value, and the one given cannot be converted."
    NULL_VALUE "null_value" "a value is missing"
        "The value is null where one is needed."
    BAD_OPERATION "bad_operation" "the operation has no result"
        "The operator cannot work with these operands, such as a division by zero."
    BAD_INDEX "bad_index" "no such element"
        "The collection has no element at this index, key or attribute."
    BAD_CALL "bad_call" "wrong arguments for a function"
        "The function takes other arguments: another number of them, other types, or other values."
    BAD_TEMPLATE "bad_template" "the value cannot become text"
        "Only texts, numbers, booleans and references can stand in a template. Collections are \
         written with `join` or `jsonencode`; null has no text."
    NAME_AS_TEXT "name_as_text" "a name is used as text"
        "A reference stands for the quoted, qualified name of an object, which is known only to the \
         platform; so it can be put into a template, but functions cannot work on it. The plain name \
         is its attribute `name`: `schema.raw.name`."
    BAD_FOR_EACH "bad_for_each" "unusable for_each"
        "`for_each` takes a map, an object or a set of texts, neither null nor sensitive. A list is \
         made a set with `toset`."
    BAD_COUNT "bad_count" "unusable count"
        "`count` takes a whole number from 0 on, neither null nor sensitive."
    DUPLICATE_KEY "duplicate_key" "two elements have the same key"
        "Keys of maps and objects are unique. In a `for` expression, `...` after the value collects \
         all values of a key in a list."
    BAD_TYPE_CONSTRAINT "bad_type_constraint" "not a type"
        "Types are `string`, `number`, `bool`, `any`, `list(T)`, `set(T)`, `map(T)`, `object({...})` \
         with `optional(T, default)` attributes, and `tuple([...])`."
    MISSING_VALUE "missing_value" "a variable has no value"
        "The variable has no default and nothing gave it a value. From low to high: the environment \
         block, `ESTATE_VAR_name`, `*.auto.vars.hcl`, `--var-file`, `--var name=value`."
    UNDECLARED_VARIABLE "undeclared_variable" "a value for an unknown variable"
        "A value was given for a variable that has no `variable` block."
    BAD_VARIABLE_ARGUMENT "bad_variable_argument" "not NAME=VALUE"
        "`--var` takes the name of a variable, an equals sign and the value."
    VALIDATION_FAILED "validation_failed" "a value is refused by its validation"
        "The condition of a `validation` block is false for the value of its variable."
    SENSITIVE_VALUE "sensitive_value" "a sensitive value is in the open"
        "The value is sensitive, and the place would show it: a key, a file name, an output that is \
         not marked `sensitive = true`."
    BAD_MODULE_SOURCE "bad_module_source" "unusable module source"
        "`source` is a constant path to a local folder that begins with `./` or `../`."
    MODULE_CYCLE "module_cycle" "a module contains itself"
        "Following the `module` blocks leads back to a folder that is already on the way."
    BAD_SELECTOR "bad_selector" "not the name of a declaration"
        "The place takes the name of a declaration, such as `table.videos`, \
         `role.reader[\"a\"]` or `module.eu.table.videos`, as a reference or as text."
    CONFLICTING_ARGUMENTS "conflicting_arguments" "arguments exclude each other"
        "Only one of these arguments can be used in a block."
    REQUIRED_VERSION "required_version" "the project needs another version of Estate"
        "`required_version` in the `estate` block does not admit this version, or is not a list of \
         conditions such as `>= 0.1, < 2.0`."
    BAD_SETTING "bad_setting" "unusable setting"
        "The value is not one of those that the setting knows."
    UNKNOWN_PROVIDER "unknown_provider" "unknown provider"
        "There is no `provider` block of this name and alias in the root folder."
    UNSET_ENVIRONMENT_VARIABLE "unset_environment_variable" "an environment variable is not set"
        "`env(\"NAME\")` is null because the environment has no such variable. Set it, or give the \
         value to use instead as second argument."
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::CODES;

    #[test]
    fn codes_are_unique_and_explained() {
        let names: BTreeSet<_> = CODES.iter().map(|code| code.name).collect();
        assert_eq!(names.len(), CODES.len());
        assert!(CODES.iter().all(|code| code.explanation.ends_with('.')));
        assert!(names.iter().all(|name| name.starts_with("config::")));
    }
}
