/** Where the server has adapters. */

export const PATH = "/api/admin/adapters";

/** @param {string} slug */
export const pathOf = (slug) => `/api/admin/characters/${encodeURIComponent(slug)}/adapters`;

/** @param {string} slug @param {string} name */
export const auditionPath = (slug, name) => `${pathOf(slug)}/${encodeURIComponent(name)}/audition`;
