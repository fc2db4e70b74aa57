// SPDX-License-Identifier: Apache-2.0
// libFuzzer target: any bytes as a buildfile, through tokenizer, parser, attribute scopes, boot and script sections.
#include "parser.hpp"
#include "plan.hpp"

#include <sstream>

using namespace buildfile;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    std::string_view text(reinterpret_cast<const char*>(data), size);
    for (bool lenient : {true, false}) {
        std::ostringstream messages;
        int included = 0;
        Diagnostics diagnostics(messages);
        Variables variables([](const std::string& name) -> std::optional<std::string> {
            if (name == "A") {
                return "a ${B}${B} [x";
            }
            return name == "B" ? std::optional<std::string>("\"q\" {") : std::nullopt;
        });
        if (lenient) {
            variables.keep_unknown();
        }
        Parser parser(variables, diagnostics, [&](const std::string& path, const std::string&) {
            // a file may include itself; a few times show as much as the parser's limit of depth does, a thousand times faster
            return path == "self" && ++included <= 3
                       ? std::optional(Parser::Included{"self", std::string(text)})
                       : std::nullopt;
        });
        to_json(make_plan(parser.parse("fuzz", text), variables, diagnostics, lenient));
    }
    return 0;
}
