/** The variable of a call that holds the id of its installation (docs/rules.md#installation-id). */
export const installationVariable = 'dialgraph_installation'
