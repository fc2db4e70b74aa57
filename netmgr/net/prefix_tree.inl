// SPDX-License-Identifier: Apache-2.0
// Changing a PrefixTree.
#pragma once
#include <new>

namespace netmgr {

template <typename Value>
auto PrefixTree<Value>::make(const PrefixKey& key, unsigned length) -> Node*
{
    Node* n = new (std::nothrow) Node;
    if (n != nullptr) {
        n->key = key;
        n->key.clear_from(length);
        n->length = length;
    }
    return n;
}

/*
 *  Walk down while the prefixes agree. Then one of:
 *    parent -> (nothing)        parent -> new
 *    parent -> n, new above n   parent -> new -> n
 *    parent -> n, they differ   parent -> fork -> n, new
 */
template <typename Value>
auto PrefixTree<Value>::insert(PrefixKey key, unsigned length) -> Node*
{
    key.clear_from(length);
    Node* parent = nullptr;
    Node* n = root_;
    unsigned same = 0;
    while (n != nullptr) {
        same = key.common(n->key, n->length < length ? n->length : length);
        if (same < n->length)
            break;
        if (n->length == length)
            return n;
        parent = n;
        n = n->child[key.bit(n->length)];
    }
    Node* fresh = make(key, length);
    if (fresh == nullptr)
        return nullptr;
    Node* top = fresh;
    if (n != nullptr && same < length) {
        top = make(key, same);
        if (top == nullptr) {
            delete fresh;
            return nullptr;
        }
        fresh->parent = top;
        top->child[key.bit(same)] = fresh;
    }
    if (n != nullptr) {
        n->parent = top;
        top->child[n->key.bit(top->length)] = n;
    }
    top->parent = parent;
    link_to(parent, key) = top;
    return fresh;
}

template <typename Value>
void PrefixTree<Value>::erase(Node* node)
{
    while (node != nullptr && node->value == nullptr) {
        if (node->child[0] != nullptr && node->child[1] != nullptr)
            return;
        Node* only = node->child[0] != nullptr ? node->child[0] : node->child[1];
        Node* parent = node->parent;
        link_to(parent, node->key) = only;
        if (only != nullptr)
            only->parent = parent;
        delete node;
        if (only != nullptr)
            return;
        node = parent; // may have become a fork with one way
    }
}

} // namespace netmgr
