"""One organisation's folder: the only room that knows where things lie.

    identity.age                     our secret keys, under a passphrase
    passphrase.remembered            the name of our passphrase in the system's keyring, if it is kept there
    own/<party>.card.json            our own card, to be given to others
    own/<party>.revocation.json      the keys of ours that are revoked, if there are any; to be given to others too
    own/<network>.directory.json     where we are its coordinator: the newest directory of cards that we signed
    own/loss.json                    which loss of a machine we began to revoke and are not done with
    own/recovered.json               that the workspace was recovered: see `Recovery.numbers_unknown`
    own/shares.json                  on which day recovery shares of our root were made; not the shares
    people/<id>.{age,json}           the keys of people, each under the person's passphrase, and our root's word on them
    cards/                           the cards of others, and how far each is trusted
    routes/<party>.json              how we get to a party's server, where not directly with the identity's own key
    agreements/<id>/<version>.yaml   with <version>.signatures.json and mapping.yaml beside, and <digest>.onward.json:
                                     by whose leave we passed on what came under it
    reviews/case-notes-<id>.box      what people decided about words in case notes (locked with our identity)
    network.box, withdrawn.box, notices.box   networks' secrets, who withdrew, suspensions (locked with our identity)
    marks/<bundle>.box               by what people in a bundle of ours are linked (locked with our identity)
    rounds.box                       of which bundles the linking agent got filters last (locked with our identity)
    agent/                           where we are a linking agent: filters, locked, each under a key of its own
    leftovers.box                    what commands wrote in the clear, and where (locked with our identity)
    pseudonyms.box                   by which word each recipient knows which case (locked with our identity)
    letters/<id>.box                 letters that people read, ours and those that came (locked with our identity)
    reported/<id>.box                what an authority was sent of a breach (locked with our identity)
    outbox/ inbox/                   what is to be sent, what came
    journal/                         what the queues did, a line for each event, for whoever helps
    approvals/<bundle>/              who approved that it leaves: <person>.json, signed in <person>.sig; and, until it
                                     has left, the page.html that they approve
    acknowledgements/<digest>/       who has read the notices of the bundle in that sealed file, ours or a recipient's:
                                     <person>.<time>.json, signed in .sig
    papers/{receipts,certificates}/  what others signed: that it came, that it is destroyed; <digest>.paper
    turns/                           locks by which two processes wait for each other
    numbers.sqlite                   sequence numbers given out and taken in
    releases.sqlite                  what was released to whom, by keyed case reference
    log/                             the log that nobody can rewrite, what we have seen of the logs of others
                                     (<network>-seen/), and what of that we could not witness (<network>-held/)
    store/                           what was received, locked segment by segment
    store.key                        the key of its table of keys, another one whenever something was destroyed
    dropbox/{incoming,outgoing}/<sender>   where others put bundles and fetch letters, if we have a server
    pages/ exports/                  made for people to read

Everything is private to the user (0700, 0600; on Windows by an access list that the folder hands down).

`Workspace` (workspace.py) is the way in. It hands out what lies in each place: own.py, people.py, routes.py,
recovery.py, agreements.py, approvals.py, papers.py, logs.py, witnesses.py, registers.py; and the queues, books and
cards of the rooms below.
"""
