// SPDX-License-Identifier: Apache-2.0
// Empty: no std::ctype (no iostream) in guest programs.
