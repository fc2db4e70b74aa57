// SPDX-License-Identifier: Apache-2.0
// From statements to items: attribute scopes, kinds and target paths.
#include "plan.hpp"

#include "parser.hpp"
#include "script.hpp"
#include "tree.hpp"

#include <stdexcept>

namespace buildfile {
namespace {

ItemKind kind_of(const Statement& statement, const FileAttributes& attributes)
{
    if (attributes.virtual_spec) {
        return ItemKind::boot;
    }
    if (attributes.script) {
        return ItemKind::script;
    }
    switch (attributes.type) {
    case FileType::link:
        return ItemKind::link;
    case FileType::hard_link:
        return ItemKind::hard_link;
    case FileType::dir:
        return ItemKind::dir;
    case FileType::fifo:
        return ItemKind::fifo;
    case FileType::file:
        break;
    }
    return statement.file->body ? ItemKind::inline_file : ItemKind::host;
}

class Planner {
public:
    Planner(const Variables& variables, Diagnostics& diagnostics, bool lenient)
        : variables_(variables), diagnostics_(diagnostics), lenient_(lenient)
    {
    }

    void add(const Statement& statement)
    {
        FileAttributes local = plan_.last;
        local.modules.clear();
        unsigned errors = diagnostics_.errors();
        for (const Attribute& attribute : statement.attributes) {
            local.apply(attribute, diagnostics_, lenient_);
        }
        if (!statement.file) {
            make_global(statement, std::move(local));
        } else if (diagnostics_.errors() == errors) { // else what follows would only confuse
            add_file(statement, std::move(local));
        }
    }

    Plan take() { return std::move(plan_); }

private:
    void make_global(const Statement& statement, FileAttributes attributes)
    {
        if (attributes.virtual_spec || attributes.script) {
            diagnostics_.error(statement.attributes.empty() ? statement.at
                                                            : statement.attributes[0].at,
                               "Missing filename: virtual= and +script need a file",
                               "put the file on the same line: [virtual=x86_64,elf] boot = {");
            attributes.end_of_line();
        }
        plan_.last = std::move(attributes);
    }

    void add_file(const Statement& statement, FileAttributes attributes)
    {
        Item item;
        item.kind = kind_of(statement, attributes);
        item.at = statement.file_at;
        item.spec = *statement.file;
        plan_.bootable = plan_.bootable || item.kind == ItemKind::boot;
        bool bare = item.kind == ItemKind::host && !item.spec.host;
        try {
            item.path = target_path(bare ? basename_of(item.spec.target) : item.spec.target,
                                    attributes, plan_.bootable);
        } catch (const std::runtime_error& problem) {
            diagnostics_.error(item.at, "bad target '" + item.spec.target + "'", problem.what());
            return;
        }
        item.attributes = std::move(attributes);
        if (check(item)) {
            read_commands(item);
            plan_.items.push_back(std::move(item));
        }
    }

    bool check(const Item& item)
    {
        bool may_be_root = item.kind == ItemKind::dir || item.kind == ItemKind::host;
        bool link = item.kind == ItemKind::link || item.kind == ItemKind::hard_link;
        if (item.path.empty() && !may_be_root) {
            diagnostics_.error(item.at, "the target is empty", "name the file in the image");
        } else if (link && (!item.spec.host || item.spec.host->empty())) {
            diagnostics_.error(item.at, "a link without a target",
                               "write [type=link] name=text of the link");
        } else if (item.spec.body &&
                   (link || item.kind == ItemKind::dir || item.kind == ItemKind::fifo)) {
            diagnostics_.error(item.at, "only a file can have inline content",
                               "take the type= attribute away, or the body");
        } else {
            return true;
        }
        return false;
    }

    void read_commands(Item& item)
    {
        bool commands = item.kind == ItemKind::boot || item.kind == ItemKind::script;
        if (commands && item.spec.body) {
            item.commands = parse_commands(*item.spec.body, variables_, diagnostics_);
        }
        if (item.kind == ItemKind::boot) {
            item.boot = parse_boot(item.at, *item.attributes.virtual_spec, item.commands,
                                   item.spec.body.has_value(), diagnostics_, lenient_);
            for (BootExecutable& executable : item.boot->executables) {
                executable.in_force = item.attributes;
                executable.in_force.end_of_line();
                for (const Attribute& attribute : executable.attributes) {
                    executable.in_force.apply(attribute, diagnostics_, lenient_);
                }
            }
        } else if (item.kind == ItemKind::script) {
            item.compiled = compile_script(item.commands, diagnostics_, lenient_);
        }
    }

    const Variables& variables_;
    Diagnostics& diagnostics_;
    bool lenient_;
    Plan plan_;
};

} // namespace

std::string basename_of(std::string path)
{
    while (path.size() > 1 && path.back() == '/') {
        path.pop_back();
    }
    return path.substr(path.rfind('/') + 1);
}

std::string target_path(const std::string& target, const FileAttributes& attributes, bool bootable)
{
    if (!target.empty() && target[0] == '/') {
        return clean_path(target);
    }
    return clean_path(attributes.prefix.value_or(bootable ? "proc/boot" : "") + "/" + target);
}

Plan make_plan(const std::vector<Statement>& statements, const Variables& variables,
               Diagnostics& diagnostics, bool lenient)
{
    Planner planner(variables, diagnostics, lenient);
    for (const Statement& statement : statements) {
        planner.add(statement);
    }
    return planner.take();
}

} // namespace buildfile
