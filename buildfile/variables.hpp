// SPDX-License-Identifier: Apache-2.0
// The ${NAME} variables of a buildfile: the host environment and what mkifs itself sets.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace buildfile {

class Variables {
public:
    using Lookup = std::function<std::optional<std::string>(const std::string&)>;

    // Without a lookup only names given to set() exist (for tests).
    explicit Variables(Lookup fallback = nullptr) : fallback_(std::move(fallback)) {}
    static Variables from_environment();

    void set(const std::string& name, const std::string& value) { own_[name] = value; }
    std::string get(const std::string& name) const; // "" when unknown, as in mkifs

    // Replaces ${NAME}, nested and chained; throws std::runtime_error on endless recursion or a missing brace.
    std::string expand(std::string_view text) const { return expand(text, 0); }

private:
    std::string expand(std::string_view text, unsigned depth) const;

    Lookup fallback_;
    std::map<std::string, std::string> own_;
};

} // namespace buildfile
