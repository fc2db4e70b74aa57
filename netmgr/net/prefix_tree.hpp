// SPDX-License-Identifier: Apache-2.0
// Longest-prefix match: a path-compressed binary tree over bit strings of up to 128 bits (IPv4 and IPv6).
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "wire/ip_address.hpp"

namespace netmgr {

struct PrefixKey {
    uint8_t bytes[16] = {};

    static PrefixKey ipv4(uint32_t address)
    {
        PrefixKey k;
        for (int i = 0; i < 4; ++i)
            k.bytes[i] = static_cast<uint8_t>(address >> (24 - 8 * i));
        return k;
    }
    static PrefixKey of(const IpAddress& a)
    {
        PrefixKey k;
        if (a.is_v4())
            return ipv4(a.ip4());
        memcpy(k.bytes, a.bytes, sizeof(k.bytes));
        return k;
    }
    unsigned bit(unsigned at) const { return bytes[at / 8] >> (7 - at % 8) & 1u; }
    // Length of the common beginning, at most limit.
    unsigned common(const PrefixKey& other, unsigned limit) const;
    void clear_from(unsigned at);
};

// Value is what hangs on a prefix; the tree only stores the pointer.
template <typename Value>
class PrefixTree {
public:
    struct Node {
        PrefixKey key;
        unsigned length = 0;
        Value* value = nullptr; // nullptr: only a fork
        Node* parent = nullptr;
        Node* child[2] = {};
    };

    explicit PrefixTree(unsigned key_bits) : bits_(key_bits) {}
    ~PrefixTree() { free_all(root_); }
    PrefixTree(const PrefixTree&) = delete;
    PrefixTree& operator=(const PrefixTree&) = delete;

    // Longest prefix of key that accept() takes.
    template <typename Accept>
    Value* match(const PrefixKey& key, Accept accept) const
    {
        Value* best = nullptr;
        for (Node* n = root_; n != nullptr && key.common(n->key, n->length) == n->length;) {
            if (n->value != nullptr && accept(*n->value))
                best = n->value;
            if (n->length == bits_)
                break;
            n = n->child[key.bit(n->length)];
        }
        return best;
    }
    Value* match(const PrefixKey& key) const
    {
        return match(key, [](Value&) { return true; });
    }

    Node* find(const PrefixKey& key, unsigned length) const
    {
        Node* n = root_;
        while (n != nullptr && n->length < length && key.common(n->key, n->length) == n->length)
            n = n->child[key.bit(n->length)];
        return n != nullptr && n->length == length && key.common(n->key, length) == length
                   ? n
                   : nullptr;
    }

    // The node for a prefix, made when it is not there; nullptr when memory is out.
    Node* insert(PrefixKey key, unsigned length);
    // After value became nullptr: removes the node, and a fork nobody needs any more.
    void erase(Node* node);

    // All nodes with a value, shorter prefixes and lower keys first. From nullptr the first.
    Node* next(Node* n) const
    {
        n = n == nullptr ? root_ : step(n);
        while (n != nullptr && n->value == nullptr)
            n = step(n);
        return n;
    }

private:
    static Node* step(Node* n)
    {
        if (n->child[0] != nullptr || n->child[1] != nullptr)
            return n->child[0] != nullptr ? n->child[0] : n->child[1];
        while (n->parent != nullptr && (n->parent->child[1] == n || n->parent->child[1] == nullptr))
            n = n->parent;
        return n->parent != nullptr ? n->parent->child[1] : nullptr;
    }
    static void free_all(Node* n)
    {
        if (n == nullptr)
            return;
        free_all(n->child[0]);
        free_all(n->child[1]);
        delete n;
    }
    static Node* make(const PrefixKey& key, unsigned length);
    Node*& link_to(Node* parent, const PrefixKey& key)
    {
        return parent == nullptr ? root_ : parent->child[key.bit(parent->length)];
    }

    const unsigned bits_;
    Node* root_ = nullptr;
};

inline unsigned PrefixKey::common(const PrefixKey& other, unsigned limit) const
{
    unsigned at = 0;
    while (at < limit) {
        const auto differ = static_cast<uint8_t>(bytes[at / 8] ^ other.bytes[at / 8]);
        if (differ != 0) {
            at += static_cast<unsigned>(__builtin_clz(differ)) - 24;
            break;
        }
        at += 8;
    }
    return at < limit ? at : limit;
}

inline void PrefixKey::clear_from(unsigned at)
{
    for (unsigned i = 0; i < sizeof(bytes); ++i) {
        if (at <= i * 8)
            bytes[i] = 0;
        else if (at < i * 8 + 8)
            bytes[i] = static_cast<uint8_t>(bytes[i] & 0xff00 >> (at - i * 8));
    }
}

} // namespace netmgr

#include "net/prefix_tree.inl"
