/* SPDX-License-Identifier: Apache-2.0 */
/* musl's generic poll() numbers serve. */
