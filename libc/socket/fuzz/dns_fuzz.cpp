// SPDX-License-Identifier: Apache-2.0
// Whatever a name server says: what is accepted answers the question and fits where it goes.
#include <stdlib.h>
#include <string.h>

#include "dns_message.hpp"

namespace {

void require(bool what)
{
    if (!what)
        abort();
}

} // namespace

// The first byte chooses the question's type; the rest is the answer. Its id and question are set right most of the time, so
// that the fuzzer gets to the records.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    if (size < 1)
        return 0;
    constexpr uint16_t types[] = {dns::type_a, dns::type_ptr, dns::type_aaaa};
    const uint16_t type = types[data[0] % 3];
    uint8_t question[dns::question_max];
    const size_t question_size =
        dns::make_question("host.example", type, 0x1234, question, sizeof question);
    require(question_size == 12 + 14 + 4);
    uint8_t message[2048];
    const size_t length = size - 1 < sizeof message ? size - 1 : sizeof message;
    memcpy(message, data + 1, length);
    if ((data[0] & 0x80) == 0 && length >= question_size) {
        const uint8_t code = message[3];
        const uint8_t answers = message[7];
        memcpy(message, question, question_size);
        message[2] |= 0x80;
        message[3] = code;
        message[7] = answers;
    }
    dns::Answer answer;
    if (!dns::parse_answer(message, length, question, question_size, type, answer))
        return 0;
    require(answer.count <= dns::Answer::most && answer.code >= 0 && answer.code <= 15);
    require(strnlen(answer.name, sizeof answer.name) < sizeof answer.name);
    for (const char* c = answer.name; *c != '\0'; ++c)
        require(*c > ' ' && *c < 0x7f);
    return 0;
}
